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
    /// A trusted Authentication-Results header (RFC 8601) says that the
    /// sender's address passed: DMARC, or DKIM or SPF on its own domain. Only
    /// the caller knows which header is to be trusted.
    pub authenticated: bool,
    /// Content-Language (RFC 3282), the first tag.
    pub language: Option<String>,
    /// URLs of List-Unsubscribe (RFC 2369).
    pub list_unsubscribe: Vec<String>,
    /// The text/plain twin, decoded.
    pub text: Option<String>,
    /// What relative URLs are relative to.
    pub base: Option<String>,
    /// The authserv-id of the service whose Authentication-Results are to be
    /// trusted in whole messages: the last hop, which takes fields out that
    /// others wrote in its name.
    pub trusted_results: Option<String>,
}

impl Context {
    /// Adds a recipient.
    pub fn recipient(mut self, address: impl Into<String>) -> Self {
        self.recipients.push(address.into());
        self
    }
    /// Says the sender's address, and whether a trusted check found it true.
    pub fn sender(mut self, address: impl Into<String>, authenticated: bool) -> Self {
        self.from = Some(address.into());
        self.authenticated = authenticated;
        self
    }
    /// Says the text/plain twin.
    pub fn twin(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }
    /// Says the Subject.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }
    /// Trusts the Authentication-Results of the service of this authserv-id.
    pub fn trust_results(mut self, id: impl Into<String>) -> Self {
        self.trusted_results = Some(id.into());
        self
    }
    /// Says what relative URLs are relative to.
    pub fn base(mut self, url: impl Into<String>) -> Self {
        self.base = Some(url.into());
        self
    }
}

impl Context {
    /// The host of the sender's address, if a trusted check found it true.
    pub(crate) fn true_sender(&self) -> Option<&str> {
        let from = self.from.as_deref().filter(|_| self.authenticated)?;
        let from = from.trim().trim_end_matches('>');
        from.rsplit_once('@').map(|(_, host)| host).filter(|host| !host.is_empty())
    }
}
