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
mod rules;
mod scene;
mod tape;
mod web;

pub use context::Context;
pub use error::Error;
pub use finding::{Action, Evidence, Finding, RoomName, SCHEMA, Sink, Why};
pub use html::{At, El};
pub use limits::{Limit, Limits};
pub use rooms::links::{Map, Only, UrlAction, UrlUse, Verdict};
pub use rooms::{Room, Switches};
pub use rules::{Rules, Vendors};
pub use scene::{Hidden, Level, Remote, Scene, Shape};
pub use tape::{Tag, Tape};
