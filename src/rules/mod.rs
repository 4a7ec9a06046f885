//! Rules as data.

pub(crate) mod policy;
