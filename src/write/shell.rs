//! What the emitting writer puts around the content of a mail: doctype, head
//! and `main` of a document, or the `div` of a fragment with its style sheet.

use crate::charref::{push_attribute, push_text};
use crate::nest::WRAPPER;
use crate::read::Mode;
use crate::scene::{Remote, Shape};

/// What the shell says, fixed before the first byte is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shell {
    pub shape: Shape,
    pub mode: Mode,
    pub remote: Remote,
    /// Where pictures may come from, where that is one place.
    pub origin: Option<String>,
    /// BCP 47.
    pub lang: Option<String>,
    /// `ltr` or `rtl`.
    pub dir: Option<&'static str>,
    pub title: Option<String>,
    /// Re-serialised CSS; holds no `<`.
    pub css: String,
    /// The class under which a fragment's sheet is scoped.
    pub scope: Option<String>,
    /// The source fits its width to the screen.
    pub viewport: bool,
}

impl Shell {
    /// One of three, after the source's mode: one doctype for all would change
    /// the look of those that are laid out in quirks mode.
    fn doctype(&self) -> &'static str {
        match self.mode {
            Mode::NoQuirks => "<!DOCTYPE html>\n",
            Mode::LimitedQuirks => concat!(
                "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" ",
                "\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n"
            ),
            Mode::Quirks => "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.0 Transitional//EN\">\n",
        }
    }

    /// A third lock, behind grammar and policy: a browser that obeys it loads
    /// pictures at most.
    fn push_content_security_policy(&self, out: &mut Vec<u8>) {
        put(out, "default-src 'none'; img-src ");
        match (self.remote, &self.origin) {
            (Remote::Keep | Remote::BlockIdentified, _) => put(out, "http: https: "),
            (Remote::Proxy, Some(origin)) => {
                push_attribute(out, origin);
                put(out, " ");
            }
            (Remote::Block | Remote::Proxy, _) => {}
        }
        put(out, "data: cid:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'");
    }

    /// Up to the body's start tag, or nothing for a fragment.
    pub(crate) fn push_head(&self, out: &mut Vec<u8>) {
        if self.shape == Shape::Fragment {
            return;
        }
        put(out, self.doctype());
        put(out, "<html");
        for (name, value) in [("lang", self.lang.as_deref()), ("dir", self.dir)] {
            if let Some(value) = value {
                put(out, " ");
                put(out, name);
                put(out, "=\"");
                push_attribute(out, value);
                put(out, "\"");
            }
        }
        put(out, "><head><meta charset=\"utf-8\">");
        put(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"");
        self.push_content_security_policy(out);
        put(out, "\"><meta name=\"referrer\" content=\"no-referrer\">");
        if self.viewport {
            put(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        }
        if let Some(title) = &self.title {
            put(out, "<title>");
            push_text(out, title);
            put(out, "</title>");
        }
        self.push_style(out);
        out.extend_from_slice(b"</head>");
    }

    /// The `div` around a fragment, and the style sheet in it. It carries
    /// nothing of the mail, so no style of the mail can undo what it does:
    /// negative margins, floats, shadows, huge letters and lines of no height
    /// are cut off at its edges (`overflow` and paint containment, for either
    /// alone is undone by something in some browser), and wide newsletters can
    /// be scrolled, which containment alone would not let them. What is in it
    /// is laid out by itself: margins and floats do not reach its neighbours.
    pub(crate) fn push_wrapper(&self, out: &mut Vec<u8>) {
        put(out, "<div class=\"");
        put(out, WRAPPER);
        put(out, "\" style=\"overflow:auto;contain:content\">");
        self.push_style(out);
    }

    /// The one `style` element that the writer fills.
    pub(crate) fn push_style(&self, out: &mut Vec<u8>) {
        // The style sheet's writer never writes `<`; without it the text
        // cannot end the element. If that were ever broken, no style.
        debug_assert!(!self.css.contains('<'), "re-serialised CSS holds no `<`");
        if self.css.is_empty() || self.css.contains('<') {
            return;
        }
        out.extend_from_slice(b"<style>");
        out.extend_from_slice(self.css.as_bytes());
        out.extend_from_slice(b"</style>");
    }
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}
