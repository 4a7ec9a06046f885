//! What is known about a mail from outside its HTML.

/// What the caller knows about the mail. All of it may be left out.
#[derive(Clone, Default, Debug)]
#[non_exhaustive]
pub struct Context {
    /// Whose identifiers to look for: addresses (RFC 5322 addr-spec).
    pub recipients: Vec<String>,
    /// The Subject, decoded.
    pub subject: Option<String>,
    /// The sender's address (RFC 5322 From).
    pub from: Option<String>,
    /// Content-Language (RFC 3282), the first tag.
    pub language: Option<String>,
    /// URLs of List-Unsubscribe (RFC 2369).
    pub list_unsubscribe: Vec<String>,
    /// The text/plain twin, decoded.
    pub text: Option<String>,
    /// What relative URLs are relative to.
    pub base: Option<String>,
}

impl Context {
    /// Adds a recipient.
    pub fn recipient(mut self, address: impl Into<String>) -> Self {
        self.recipients.push(address.into());
        self
    }
    /// Says the Subject.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }
    /// Says what relative URLs are relative to.
    pub fn base(mut self, url: impl Into<String>) -> Self {
        self.base = Some(url.into());
        self
    }
}
