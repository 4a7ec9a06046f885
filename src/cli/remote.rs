//! `--remote`: what becomes of remote images.

use super::exit::Failure;
use mailrinse::{Builder, ImageProxy};
use std::fs;
use std::path::Path;
use std::str::FromStr;

/// Remote images that are no trackers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Remote {
    /// They stay
    #[default]
    Keep,
    /// Those whose URLs carry the reader's address or identifier are not
    /// loaded; their boxes and descriptions stay
    BlockIdentified,
    /// Nothing is loaded; boxes and descriptions stay
    Block,
    /// They are loaded by way of a proxy, by its template.
    Proxy(String),
}

impl FromStr for Remote {
    type Err = String;

    fn from_str(text: &str) -> Result<Remote, String> {
        Ok(match text {
            "keep" => Remote::Keep,
            "block-identified" => Remote::BlockIdentified,
            "block" => Remote::Block,
            _ => match text.strip_prefix("proxy=") {
                // Judged now, so that the error names the option; with the key again.
                Some(template) if template.contains("{hmac}") => Remote::Proxy(template.to_owned()),
                Some(template) => {
                    ImageProxy::new(template, None).map_err(|error| error.to_string())?;
                    Remote::Proxy(template.to_owned())
                }
                None => {
                    let what = "there are: keep, block-identified, block, proxy=TEMPLATE";
                    return Err(what.to_owned());
                }
            },
        })
    }
}

impl Remote {
    /// Tells a builder of it. `key`: the file of a proxy's key.
    pub fn tell(&self, builder: Builder, key: Option<&Path>) -> Result<Builder, Failure> {
        let template = match self {
            Remote::Keep => return Ok(builder.remote(mailrinse::Remote::Keep)),
            Remote::BlockIdentified => {
                return Ok(builder.remote(mailrinse::Remote::BlockIdentified));
            }
            Remote::Block => return Ok(builder.remote(mailrinse::Remote::Block)),
            Remote::Proxy(template) => template,
        };
        let key = key.map(|path| {
            fs::read(path).map_err(|e| Failure::at(format!("--proxy-key {}", path.display()), e))
        });
        let mut key = key.transpose()?;
        if let Some(key) = &mut key {
            // The end of a line is an editor's, not the key's.
            while key.last().is_some_and(|b| matches!(b, b'\n' | b'\r')) {
                key.pop();
            }
        }
        let proxy = ImageProxy::new(template, key.as_deref())
            .map_err(|error| Failure::at("--remote", error))?;
        Ok(builder.image_proxy(proxy))
    }
}
