//! mailrinse takes HTML mail and gives back clean, tracker-free, accessible
//! HTML.

mod builder;
mod bytes;
mod charref;
mod charset;
mod context;
mod css;
mod error;
mod finding;
mod hash;
mod html;
mod image_proxy;
mod limits;
mod mask;
mod mend;
mod message;
mod nest;
mod packed;
mod read;
mod resolve;
mod rinse;
mod rinser;
mod rooms;
mod rules;
mod scene;
mod seal;
mod stream;
mod tag;
mod tape;
#[doc(hidden)]
pub mod testing;
mod web;
mod write;

pub use builder::Builder;
pub use context::Context;
pub use error::Error;
pub use finding::{Action, Evidence, Finding, RoomName, SCHEMA, Sink, Why};
pub use html::{At, El};
pub use image_proxy::ImageProxy;
pub use limits::{Limit, Limits};
pub use mask::Masker;
pub use message::{HtmlPart, Parties, Receipts, html_parts, is_marked_by, message_id, parties};
pub use resolve::{Hop, OpaqueLink, Resolution, Resolve, Route};
#[cfg(feature = "resolve")]
pub use resolve::{NetLimits, Network};
pub use rinser::{Input, Rinsed, Rinser, UrlAction, UrlKind, UrlUse, clean};
pub use rooms::links::{Only, Verdict};
pub use rooms::{Map, Room, Switches};
pub use rules::{Listed, Remark, RuleKind, Rules, Shown, Vendors, check as check_rules};
pub use scene::{Hidden, Level, Remote, Scene, Shape};
pub use seal::Seal;
pub use stream::Stream;
pub use tag::Tag;
pub use tape::Tape;
