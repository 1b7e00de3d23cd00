//! Programs of Node's world: npm and its prompts, nodemon, Vite.

use super::super::row::{Project, Row};

const VITE: Project = Project { script: "fetch-vite", folder: "vite-project", name: "project" };

const NODEMON: Project = Project { script: "fetch-nodemon", folder: "nodemon", name: "nodemon" };

pub(in super::super) fn rows() -> Vec<Row> {
    vec![
        Row::new("npm init asks its questions", "{pp}npm init")
            .needs("npm")
            .setup("mkdir -p ok")
            .wait("package name:")
            .line("sample")
            .wait("version:")
            .line("")
            .wait("description:")
            .line("a sample")
            .wait("entry point:")
            .line("")
            .wait("test command:")
            .line("")
            .wait("git repository:")
            .line("")
            .wait("keywords:")
            .line("")
            .wait("author:")
            .line("")
            .wait("license:")
            .line("")
            .wait("type:")
            .line("")
            .wait("OK?")
            .line("yes")
            .limit(30)
            .mask(r"/tmp/pp-\w+", "/tmp"),
        Row::new("npm init: Ctrl+C", "{pp}npm init")
            .needs("npm")
            .wait("package name:")
            .key("C-c")
            .limit(30),
        Row::new("npm run prints the command and its output", "{pp}npm run hello")
            .needs("npm")
            .file(
                "package.json",
                "{\"name\": \"n\", \"version\": \"1.0.0\", \"scripts\": {\"hello\": \"echo hello; exit 4\"}}\n",
            )
            .limit(30)
            .mask(r"(?m)^npm error A complete log.*$|^npm error   .*$|^npm notice.*$", "log")
            .mask(r"/tmp/pp-\w+", "/tmp"),
        Row::new("npm run into a pipe", "{pp}npm run -s hello | cat")
            .needs("npm")
            .file(
                "package.json",
                "{\"name\": \"n\", \"version\": \"1.0.0\", \"scripts\": {\"hello\": \"echo hello\"}}\n",
            )
            .limit(30),
        Row::new("npx asks before it installs", "{pp}npx --offline nosuchpackage 2>&1 | head -n 1")
            .needs("npm")
            .limit(30)
            .mask("(?m)^npm error .*$", "error"),
        Row::new(
            "nodemon restarts at rs",
            "{pp}node nodemon/node_modules/nodemon/bin/nodemon.js app.js",
        )
            .needs("npm")
            .project(NODEMON)
            .file("app.js", "console.log('app started'); setInterval(() => {}, 1000)\n")
            .ignore_file("nodemon/")
            .wait("app started")
            .line("rs")
            .wait("rs\n[nodemon] starting `node app.js`\napp started")
            .limit(30)
            .shot()
            .key("C-c")
            .answer("y"),
        Row::new(
            "nodemon restarts when a file changes",
            "{pp}node nodemon/node_modules/nodemon/bin/nodemon.js app.js",
        )
            .needs("npm")
            .project(NODEMON)
            .file("app.js", "console.log('app started'); setInterval(() => {}, 1000)\n")
            .ignore_file("nodemon/")
            .wait("app started")
            .outside("sleep 1; echo >>app.js")
            .limit(30)
            .wait("due to changes...\n[nodemon] starting `node app.js`\napp started")
            .key("C-c")
            .answer("y")
            .mask("(?s)due to changes.*app started", "changes"),
        Row::new(
            "Vite: h and Enter, q and Enter",
            "cd project; {pp}node node_modules/vite/bin/vite.js --port 0 --host 127.0.0.1",
        )
            .needs("npm")
            .project(VITE)
            .limit(30)
            .wait("press h + enter")
            .line("h")
            .wait("press r + enter")
            .shot()
            .line("q")
            .mask(r"ready in \d+ ms", "ready in N ms")
            .mask(r"127\.0\.0\.1:\d+", "127.0.0.1:port")
            .mask(r"(?m)^\d+:\d+:\d+ [AP]M", "time")
            .ignore_file("project/"),
        Row::new("Vite builds", "cd project; {pp}node node_modules/vite/bin/vite.js build")
            .needs("npm")
            .project(VITE)
            .limit(30)
            .wait("built in")
            .mask(r"built in \d+ms", "built in N ms")
            .ignore_file("project/"),
    ]
}
