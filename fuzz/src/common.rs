//! The readers of `tests/suite`.

#[path = "../../tests/suite/common/event.rs"]
pub mod event;
#[path = "../../tests/suite/common/html5.rs"]
pub mod html5;
#[path = "../../tests/suite/common/lol.rs"]
pub mod lol;
#[path = "../../tests/suite/common/strict.rs"]
pub mod strict;
