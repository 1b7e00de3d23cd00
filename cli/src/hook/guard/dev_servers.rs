//! [`is_dev_server`]: whether a command is a dev server, by tables of known programs. A command that is not
//! in them is none: `npm test` and `make` are left alone.

/// Scripts of `package.json` that run until they are stopped.
const SCRIPTS: [&str; 8] =
    ["dev", "start", "serve", "develop", "server", "watch", "preview", "storybook"];

/// What a script is for if this follows the colon: `start:ci` ends by itself.
const SCRIPT_ENDINGS: [&str; 7] = ["test", "build", "ci", "once", "check", "e2e", "lint"];

/// Flags of package managers that take the next word.
const RUNNER_FLAGS: [&str; 10] =
    ["--prefix", "-C", "--dir", "--cwd", "-w", "--workspace", "--filter", "-F", "-p", "--package"];

/// With these, a program prints a text and ends.
const ENDING_FLAGS: [&str; 5] = ["--help", "-h", "--version", "-V", "build"];

/// Programs that are servers with one of these as the first argument; an empty text is no argument, or
/// a flag.
const PROGRAMS: [(&str, &[&str]); 53] = [
    ("vite", &["", "dev", "serve", "preview"]),
    ("next", &["dev", "start"]),
    ("nuxt", &["dev", "preview"]),
    ("nuxi", &["dev", "preview"]),
    ("astro", &["dev", "preview"]),
    ("ng", &["serve"]),
    ("react-scripts", &["start"]),
    ("vue-cli-service", &["serve"]),
    ("webpack", &["serve", "watch"]),
    ("webpack-dev-server", &[""]),
    ("rspack", &["serve", "dev"]),
    ("rsbuild", &["dev", "preview"]),
    ("remix", &["dev"]),
    ("react-router", &["dev"]),
    ("gatsby", &["develop"]),
    ("expo", &["start"]),
    ("storybook", &["dev"]),
    ("wrangler", &["dev"]),
    ("netlify", &["dev"]),
    ("vercel", &["dev"]),
    ("parcel", &["serve", "watch"]),
    ("eleventy", &["--serve"]),
    ("docusaurus", &["start", "serve"]),
    ("vitepress", &["dev", "preview"]),
    ("nodemon", &["", "*"]),
    ("ts-node-dev", &["", "*"]),
    ("http-server", &["", "*"]),
    ("live-server", &["", "*"]),
    ("json-server", &["", "*"]),
    ("browser-sync", &["start"]),
    ("turbo", &["dev"]),
    ("nx", &["serve", "dev"]),
    ("nest", &["start"]),
    ("uvicorn", &["*"]),
    ("gunicorn", &["*"]),
    ("hypercorn", &["*"]),
    ("daphne", &["*"]),
    ("flask", &["run"]),
    ("fastapi", &["dev", "run"]),
    ("streamlit", &["run"]),
    ("mkdocs", &["serve"]),
    ("http.server", &["", "*"]),
    ("rails", &["server", "s"]),
    ("jekyll", &["serve", "s"]),
    ("puma", &["", "*"]),
    ("foreman", &["start"]),
    ("artisan", &["serve"]),
    ("manage.py", &["runserver"]),
    ("hugo", &["server", "serve"]),
    ("zola", &["serve"]),
    ("trunk", &["serve"]),
    ("mix", &["phx.server"]),
    ("air", &["", "*"]),
];

/// The words of a command; `None` for a word with expansions. The first is the file name of the program.
pub(super) fn is_dev_server(words: &[Option<String>]) -> bool {
    // What follows `--` belongs to the script.
    let own = words.split(|word| word.as_deref() == Some("--")).next().unwrap_or_default();
    let ends = own.iter().flatten().any(|word| ENDING_FLAGS.contains(&word.as_str()));
    !ends && is_server(words)
}

fn is_server(words: &[Option<String>]) -> bool {
    let Some((Some(program), arguments)) = words.split_first() else { return false };
    let arguments: Vec<Option<&str>> = arguments.iter().map(Option::as_deref).collect();
    let first = arguments.first().copied().flatten().unwrap_or_default();
    let has = |flag: &str| arguments.contains(&Some(flag));
    match program.as_str() {
        "npm" | "pnpm" | "yarn" | "bun" => runs_script(program, words),
        "npx" | "bunx" | "pnpx" => is_server(&words[at_operand(words, 1)..]),
        "deno" => first == "task" && second_is_script(&arguments),
        "node" => arguments.iter().flatten().any(|word| word.starts_with("--watch")),
        "tsx" => first == "watch",
        "tsc" => has("--watch") || has("-w"),
        "cargo" => matches!(first, "watch" | "leptos") && !has("-h"),
        "bacon" => false,
        "dotnet" => first == "watch",
        "php" => {
            first == "-S" || first.rsplit('/').next() == Some("artisan") && is_server(&words[1..])
        }
        "ruby" | "bundle" | "uv" | "poetry" | "pipenv" | "pdm" => match first {
            "exec" | "run" => is_server(&named_program(&words[2..])),
            _ => false,
        },
        "docker" => first == "compose" && has("up") && !has("-d") && !has("--detach"),
        "docker-compose" => first == "up" && !has("-d") && !has("--detach"),
        "gradlew" | "gradle" => has("bootRun"),
        "mvn" | "mvnw" => has("spring-boot:run"),
        "dev" => false,
        name if is_python(name) => match first {
            "-m" => is_server(&words[2..]),
            script => {
                script.rsplit('/').next() == Some("manage.py")
                    && is_server(&named_program(&words[1..]))
            }
        },
        name => is_known_program(name, arguments.first().copied()),
    }
}

fn is_python(name: &str) -> bool {
    name.strip_prefix("python")
        .is_some_and(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// `first` is the first argument; `Some(None)` for one with expansions.
fn is_known_program(name: &str, first: Option<Option<&str>>) -> bool {
    let Some((_, accepted)) = PROGRAMS.iter().find(|(program, _)| *program == name) else {
        return false;
    };
    match first {
        None => accepted.contains(&""),
        Some(None) => accepted.contains(&"*"),
        Some(Some(word)) => {
            accepted.contains(&word)
                || accepted.contains(&"*")
                || word.starts_with('-') && accepted.contains(&"")
        }
    }
}

/// `npm run dev`, `pnpm --filter web dev`, `yarn start`, `pnpm exec vite`.
fn runs_script(manager: &str, words: &[Option<String>]) -> bool {
    let at = at_operand(words, 1);
    let Some(Some(verb)) = words.get(at) else { return false };
    match verb.as_str() {
        "run" | "run-script" => {
            let script = words.get(at_operand(words, at + 1));
            script.and_then(Option::as_deref).is_some_and(is_script)
        }
        "exec" | "dlx" | "x" => is_server(&named_program(&words[at_operand(words, at + 1)..])),
        "workspace" if manager == "yarn" => {
            words.get(at + 2).and_then(Option::as_deref).is_some_and(is_script)
        }
        "start" => manager != "bun",
        script => manager != "npm" && (is_script(script) || is_server(&words[at..])),
    }
}

fn second_is_script(arguments: &[Option<&str>]) -> bool {
    arguments.get(1).copied().flatten().is_some_and(is_script)
}

fn is_script(name: &str) -> bool {
    let mut parts = name.split(':');
    let is_known = parts.next().is_some_and(|part| SCRIPTS.contains(&part));
    is_known && !parts.any(|part| SCRIPT_ENDINGS.contains(&part))
}

/// The index of the first word from `at` that is neither a flag nor the value of one.
fn at_operand(words: &[Option<String>], mut at: usize) -> usize {
    while let Some(Some(word)) = words.get(at) {
        if RUNNER_FLAGS.contains(&word.as_str()) {
            at += 2;
        } else if word.starts_with('-') {
            at += 1;
        } else {
            break;
        }
    }
    at.min(words.len())
}

/// The words with the file name of the program as the first.
fn named_program(words: &[Option<String>]) -> Vec<Option<String>> {
    let mut words = words.to_vec();
    if let Some(Some(first)) = words.first_mut() {
        *first = first.rsplit('/').next().unwrap_or_default().to_owned();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_servers(lines: &[&str], expected: bool) {
        for line in lines {
            let words: Vec<_> = line.split(' ').map(|word| Some(word.to_owned())).collect();
            assert_eq!(is_dev_server(&words), expected, "{line}");
        }
    }

    #[test]
    fn known_servers() {
        assert_servers(
            &[
                "npm run dev",
                "npm start",
                "npm --prefix web run dev -- --port 4000",
                "npm run dev -- --help-me",
                "npm run dev:api",
                "pnpm dev",
                "pnpm --filter web dev",
                "pnpm exec vite",
                "yarn workspace web dev",
                "yarn vite --host",
                "bun run dev",
                "npx vite",
                "npx -y http-server -p 3000",
                "vite --port 3000",
                "next dev",
                "node --watch server.js",
                "tsc -w",
                "deno task dev",
                "python3 -m http.server 8000",
                "python manage.py runserver",
                "python3.12 -m uvicorn app:app",
                "uv run uvicorn app:app --reload",
                "uv run flask run",
                "bundle exec rails s",
                "rails server",
                "php artisan serve",
                "php -S localhost:8000",
                "cargo watch -x run",
                "hugo server",
                "docker compose up",
                "gradlew bootRun",
                "mix phx.server",
            ],
            true,
        );
    }

    #[test]
    fn other_programs() {
        assert_servers(
            &[
                "npm run build",
                "npm test",
                "npm install",
                "npm run start:ci",
                "npm run dev --help",
                "npm help dev",
                "npm dev",
                "npx vite build",
                "vite build",
                "vite --version",
                "next build",
                "node server.js",
                "tsc",
                "python app.py",
                "python -m pytest",
                "cargo run",
                "cargo test",
                "git log",
                "make dev",
                "docker compose up -d",
                "docker compose ps",
                "pp npm run dev",
                "grep -r dev",
                "bun start",
            ],
            false,
        );
    }
}
