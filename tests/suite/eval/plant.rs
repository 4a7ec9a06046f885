//! Disguises, places and vectors, and the newsletters that they are planted
//! into.

use crate::common;

/// How a beacon is written so as not to be seen.
pub struct Disguise {
    pub name: &'static str,
    /// `{url}` stands for the beacon's.
    html: &'static str,
    /// It is a picture to be looked at.
    pub shows: bool,
}

impl Disguise {
    pub fn html(&self, url: &str) -> String {
        self.html.replace("{url}", url)
    }
}

const fn hidden(name: &'static str, html: &'static str) -> Disguise {
    Disguise { name, html, shows: false }
}

pub const DISGUISES: &[Disguise] = &[
    hidden("1x1", "<img src=\"{url}\" width=\"1\" height=\"1\" alt=\"\">"),
    hidden(
        "1x1, with a style of its own",
        "<img src=\"{url}\" width=1 height=1 border=0 style=\"height:1px!important;width:1px!important;border-width:0!important;margin:0!important\">",
    ),
    hidden("0x0", "<img src=\"{url}\" width=\"0\" height=\"0\">"),
    hidden("1px by style", "<img alt=\"\" src=\"{url}\" style=\"width:1px;height:1px\">"),
    hidden("1px by max-width", "<img src=\"{url}\" style=\"max-width:1px;max-height:1px\">"),
    hidden("0 high by style", "<img src=\"{url}\" width=\"10\" style=\"height:0\">"),
    hidden("2x2", "<img src=\"{url}\" width=\"2\" height=\"2\">"),
    hidden("3x1", "<img src=\"{url}\" width=\"3\" height=\"1\" alt>"),
    hidden("2x6", "<img src=\"{url}\" width=\"2\" height=\"6\" border=\"0\">"),
    hidden("display:none", "<img src=\"{url}\" style=\"display:none\">"),
    hidden("visibility:hidden", "<img src=\"{url}\" style=\"visibility:hidden\">"),
    hidden("opacity:0", "<img src=\"{url}\" style=\"opacity:0\">"),
    hidden("hidden", "<img src=\"{url}\" hidden>"),
    hidden("hidden by a class", "<img src=\"{url}\" class=\"planted-gone\">"),
    hidden("small by a class", "<img src=\"{url}\" class=\"planted-dot\">"),
    hidden("in display:none", "<div style=\"display:none\"><img src=\"{url}\"></div>"),
    hidden(
        "in a box of no height",
        "<div style=\"max-height:0;overflow:hidden;mso-hide:all\"><span><img src=\"{url}\"></span></div>",
    ),
    hidden(
        "in a hidden class",
        "<table class=\"planted-gone\"><tr><td><img src=\"{url}\" alt=\"\"></td></tr></table>",
    ),
    hidden("off the screen", "<img src=\"{url}\" style=\"position:absolute;left:-9999px\">"),
    hidden("unsized", "<img src=\"{url}\">"),
    Disguise {
        name: "600x80",
        html: "<img src=\"{url}\" width=\"600\" height=\"80\" alt=\"\">",
        shows: true,
    },
];

/// What loads a beacon but a picture's `src`.
pub struct Vector {
    pub name: &'static str,
    html: &'static str,
    /// It stands in a comment: seen at level patch only, gone at clean.
    pub aside: bool,
}

impl Vector {
    pub fn html(&self, url: &str) -> String {
        self.html.replace("{url}", url)
    }
}

const fn vector(name: &'static str, html: &'static str) -> Vector {
    Vector { name, html, aside: false }
}

pub const VECTORS: &[Vector] = &[
    vector("img srcset", "<img srcset=\"{url} 1x\" width=1 height=1>"),
    vector("picture", "<picture><source srcset=\"{url}\"><img src=\"cid:a\" alt=\"\"></picture>"),
    vector("table background", "<table background=\"{url}\"><tr><td>x</table>"),
    vector("td background", "<table><tr><td background=\"{url}\">x</table>"),
    vector("background-image", "<div style=\"background-image:url('{url}')\">x</div>"),
    vector("background", "<div style=\"background:#fff url({url}) no-repeat\">x</div>"),
    vector("list-style-image", "<ul style=\"list-style-image:url({url})\"><li>x</ul>"),
    vector("image-set", "<div style=\"background-image:image-set('{url}' 1x)\">x</div>"),
    vector("input image", "<input type=\"image\" src=\"{url}\">"),
    vector("link", "<link rel=\"stylesheet\" href=\"{url}\">"),
    vector("bgsound", "<bgsound src=\"{url}\">"),
    vector("video poster", "<video poster=\"{url}\"></video>"),
    vector("audio", "<audio src=\"{url}\" autoplay></audio>"),
    vector("object", "<object data=\"{url}\"></object>"),
    vector("embed", "<embed src=\"{url}\">"),
    vector("iframe", "<iframe src=\"{url}\"></iframe>"),
    vector("image", "<image src=\"{url}\" width=1 height=1>"),
    vector("svg image", "<svg><image href=\"{url}\" width=1 height=1></image></svg>"),
    vector("noscript", "<noscript><img src=\"{url}\" width=1 height=1></noscript>"),
    Vector {
        name: "conditional comment",
        html: "<!--[if mso]><img src=\"{url}\" width=1 height=1><![endif]-->",
        aside: true,
    },
    Vector {
        name: "VML",
        html: "<!--[if gte mso 9]><v:rect><v:fill type=\"frame\" src=\"{url}\"/></v:rect><![endif]-->",
        aside: true,
    },
];

/// Where in a mail something may be planted: before its text, behind it, or
/// at one of several places between.
pub const PLACES: usize = 6;

/// A newsletter.
pub struct Mail {
    pub name: String,
    html: String,
    /// Ends of paragraphs and cells in its body.
    gaps: Vec<usize>,
    /// What is known to be a beacon in it.
    pub trackers: Vec<String>,
}

impl Mail {
    /// All that there are; the seed as it was sent.
    pub fn all() -> Vec<Mail> {
        let names = common::cases().into_iter();
        let mails = names
            .filter(|name| !matches!(name.as_str(), "icann-marketo" | "icann-marketo-archive"))
            .map(|name| {
                let html = String::from_utf8_lossy(&common::input(&name)).into_owned();
                let expect = common::fixtures().join("html").join(&name).join("expect.toml");
                let expect = std::fs::read_to_string(expect).expect("it can be read");
                let expect: toml::Table = expect.parse().expect("TOML");
                let trackers = expect.get("trackers").and_then(toml::Value::as_array);
                let trackers = trackers.into_iter().flatten().filter_map(toml::Value::as_str);
                Mail::of(name, html, trackers.map(str::to_owned).collect())
            });
        mails.collect()
    }

    fn of(name: String, html: String, trackers: Vec<String>) -> Mail {
        let body = html.to_ascii_lowercase();
        let from = body.find("<body").and_then(|at| Some(at + body[at..].find('>')? + 1));
        let from = from.unwrap_or_else(|| body.rfind("</head>").map_or(0, |at| at + 7));
        let to = body.rfind("</body>").unwrap_or(body.len());
        let ends = ["</p>", "</td>", "</div>", "</tr>"];
        let mut gaps: Vec<usize> = ends
            .iter()
            .flat_map(|end| {
                // In a cell, not between cells.
                let behind = if *end == "</td>" || *end == "</tr>" { 0 } else { end.len() };
                body.match_indices(end).map(move |(at, _)| at + behind)
            })
            .filter(|at| (from..to).contains(at))
            .filter(|at| {
                // Not within a comment, where nothing is loaded, nor in a style sheet.
                let before = &body[..*at];
                before.matches("<!--").count() == before.matches("-->").count()
            })
            .collect();
        gaps.sort_unstable();
        gaps.retain(|at| !body[*at..].starts_with("</tr>"));
        gaps.insert(0, from);
        gaps.push(to);
        Mail { name, html, gaps, trackers }
    }

    /// The mail with pieces planted at places.
    pub fn with(&self, pieces: &[(String, usize)]) -> String {
        let last = self.gaps.len() - 1;
        let mut at: Vec<(usize, &str)> = pieces
            .iter()
            .map(|(piece, place)| (self.gaps[last * place / (PLACES - 1)], piece.as_str()))
            .collect();
        at.sort_by_key(|(at, _)| *at);
        let mut out = String::from(
            "<style>.planted-gone{display:none}.planted-dot{width:1px;height:1px}\
             @media (max-width:600px){.mob{display:block!important;width:100%!important}}</style>",
        );
        // Behind what the source begins with, so that its mode stays.
        let begin = self.gaps[0];
        let mut from = 0;
        if begin > 0 {
            out.insert_str(0, &self.html[..begin]);
            from = begin;
        }
        for (at, piece) in at {
            out.push_str(&self.html[from..at.max(from)]);
            out.push_str(piece);
            from = at.max(from);
        }
        out.push_str(&self.html[from..]);
        out
    }
}

/// A URL as it stands in an attribute.
pub fn attribute(url: &str) -> String {
    url.replace('&', "&amp;").replace('"', "&quot;")
}
