//! Tests of [`port_arguments`].

use super::*;

const PACKAGE: &str = r#"{"scripts": {
    "dev": "vite", "start": "ng serve", "host": "NODE_ENV=x cross-env A=b vite --host",
    "types": "tsc && astro dev", "nested": "npm run dev", "yarned": "yarn dev",
    "next": "next dev", "fixed": "vite --port 4000", "both": "(vite)", "build": "vite build",
    "loop": "npm run loop", "mobile": "expo start"}}"#;

fn appended(folder: &Path, line: &str) -> String {
    let words: Vec<String> = match line.strip_prefix("sh -c ") {
        Some(script) => vec!["sh".into(), "-c".into(), script.into()],
        None => line.split(' ').map(str::to_owned).collect(),
    };
    port_arguments(&words, folder, 4123).join(" ")
}

#[test]
fn frameworks_that_ignore_port_get_their_flag() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("package.json"), PACKAGE).unwrap();
    std::fs::create_dir(folder.path().join("src")).unwrap();
    let vite = "--port 4123 --strictPort";
    for (line, flags) in [
        ("vite", vite.to_owned()),
        ("npx vite --host", vite.to_owned()),
        ("./node_modules/.bin/vite preview", vite.to_owned()),
        ("npm run dev", format!("-- {vite}")),
        ("npm --silent run dev -- --host", vite.to_owned()),
        ("npm start", "-- --port 4123".to_owned()),
        ("npm run types", "-- --port 4123".to_owned()),
        ("npm run nested", format!("-- -- {vite}")),
        ("npm run yarned", format!("-- {vite}")),
        ("npm exec vite", format!("-- {vite}")),
        ("pnpm dev", vite.to_owned()),
        ("pnpm run host", vite.to_owned()),
        ("pnpm exec vite", vite.to_owned()),
        ("yarn dev", vite.to_owned()),
        ("yarn astro dev", "--port 4123".to_owned()),
        ("bun run mobile", "--port 4123".to_owned()),
        ("react-router dev", vite.to_owned()),
        ("sh -c A=1 npm run dev", format!("-- {vite}")),
        ("sh -c npm run build && vite", vite.to_owned()),
    ] {
        assert_eq!(appended(folder.path(), line), flags, "{line}");
        let parent = folder.path().parent().unwrap();
        let prefixed =
            line.replace("npm run", &format!("npm --prefix {} run", folder.path().display()));
        if line.contains("npm run dev") && !line.contains("pnpm") {
            assert_eq!(appended(parent, &prefixed), flags, "{prefixed}");
        }
    }
    assert_eq!(appended(&folder.path().join("src"), "npm run dev"), format!("-- {vite}"));
}

#[test]
fn other_commands_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("package.json"), PACKAGE).unwrap();
    let words = |line: &str| vec!["sh".to_owned(), "-c".to_owned(), line.to_owned()];
    assert!(chooses_port(&words("vite --port=3000 && x")) && chooses_port(&words("next -p 1")));
    assert!(!chooses_port(&words("mkdir -p x && vite --portal")));
    for line in [
        "node server.js",
        "next dev",
        "npm run next",
        "npm run build",
        "npm run both",
        "npm run loop",
        "npm run missing",
        "npm run fixed",
        "npm run dev -- --port 3000",
        "npm run dev -w web",
        "pnpm --filter web dev",
        "npm install",
        "npm",
        "vite build",
        "vite --port=3000",
        "astro check",
        "ng build",
        "sh -c (cd x; vite)",
        "sh -c vite &",
        "sh -c vite # dev",
    ] {
        assert_eq!(appended(folder.path(), line), "", "{line}");
    }
}
