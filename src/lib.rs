//! mailrinse takes HTML mail and gives back clean, tracker-free, accessible
//! HTML.
#![allow(dead_code, reason = "being built")]

mod charref;
mod context;
mod error;
mod finding;
mod gap;
mod html;
mod limits;
mod nest;
mod read;
mod rooms;
mod scene;
mod tape;

pub use context::Context;
pub use error::Error;
pub use finding::{Action, Evidence, Finding, RoomName, SCHEMA, Sink, Why};
pub use html::{At, El};
pub use limits::{Limit, Limits};
pub use rooms::{Room, Switches};
pub use scene::{Hidden, Level, Remote, Scene, Shape};
pub use tape::{Tag, Tape};
