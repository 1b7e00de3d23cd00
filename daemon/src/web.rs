//! The files of the dashboard, as the browser gets them. They use the REST API and nothing else of the
//! daemon.
//!
//! | file | what it holds |
//! |---|---|
//! | `index.html`, `style.css`, `icon.svg` | the frame of the page and its look |
//! | `app.js` | header, routes, keys, dialogs |
//! | `store.js` | what the page knows, and the requests that change processes |
//! | `api.js` | requests, and the one stream of a tab |
//! | `list.js`, `process.js`, `search.js` | the three views |
//! | `log.js`, `sgr.js` | the output of a run as one scroll bar, its lines as elements |
//! | `parts.js` | icons, buttons, dialogs, numbers as text |
//! | `preact.js`, `preact.LICENSE` | preact and htm as one file, unchanged, with their licences |

use persistproc_api::fnv;

/// A file that the browser can ask for.
pub struct WebFile {
    pub name: &'static str,
    pub content_type: &'static str,
    pub bytes: &'static [u8],
}

impl WebFile {
    /// A text that changes with the content of the file.
    pub fn etag(&self) -> String {
        format!("\"{:016x}\"", fnv::hash_64(self.bytes))
    }
}

/// The page itself.
pub const PAGE: WebFile = file("index.html", HTML, include_bytes!("web/index.html"));

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

const FILES: [WebFile; 12] = [
    file("style.css", "text/css; charset=utf-8", include_bytes!("web/style.css")),
    file("icon.svg", "image/svg+xml", include_bytes!("web/icon.svg")),
    file("app.js", SCRIPT, include_bytes!("web/app.js")),
    file("api.js", SCRIPT, include_bytes!("web/api.js")),
    file("store.js", SCRIPT, include_bytes!("web/store.js")),
    file("parts.js", SCRIPT, include_bytes!("web/parts.js")),
    file("list.js", SCRIPT, include_bytes!("web/list.js")),
    file("process.js", SCRIPT, include_bytes!("web/process.js")),
    file("log.js", SCRIPT, include_bytes!("web/log.js")),
    file("sgr.js", SCRIPT, include_bytes!("web/sgr.js")),
    file("search.js", SCRIPT, include_bytes!("web/search.js")),
    file("preact.js", SCRIPT, include_bytes!("web/preact.js")),
];

const fn file(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> WebFile {
    WebFile { name, content_type, bytes }
}

/// The file with this name, which the page loads.
pub fn find(name: &str) -> Option<&'static WebFile> {
    FILES.iter().find(|file| file.name == name)
}
