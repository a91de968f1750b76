//! The house rules, kept by reading the source: imports go down the floors only, `core` stays pure, the time is
//! asked for in one place, rooms stay small. Each finding names file and line, and says what to do.

use std::path::Path;

/// The rooms of `src` by floor, as the crate's documentation draws them.
const FLOORS: [&str; 4] =
    ["core", "config clock store mail ask systemd", "ops reconcile perform world", "cli daemon main lib"];
const LONGEST_FILE: usize = 400;
/// What reaches out of the process, or waits, or asks the machine: no path in `core` begins like this.
const IMPURE: &str = "tokio:: tokio_rustls:: tokio_cron_scheduler:: rusqlite:: rusqlite_migration:: notify:: tempfile:: \
    anstream:: lettre::transport:: std::fs std::env std::net std::io std::process std::thread std::time::Instant \
    std::time::SystemTime";
const CLOCKS: [&str; 6] = ["Timestamp", "Zoned", "SystemTime", "Instant", "Utc", "Local"];

/// How the SQL begins that reads or writes all rows because all are meant: lists, finding by a part of a name, and
/// what the person rarely does.
const MEANS_ALL: [&str; 14] = [
    "SELECT application_id, phase, ended_at, kind, late FROM followups",
    "SELECT id FROM applications",
    "SELECT id, company, position, coalesce(timezone, zone)",
    "SELECT id, company, position FROM applications",
    "UPDATE cases SET wake_at = 0 WHERE application_id IN (SELECT id FROM applications)",
    "UPDATE health SET rests_until = NULL",
    "UPDATE followups SET tried_at",
    "UPDATE followups SET told_at",
    "UPDATE followups SET tell_after = NULL",
    "UPDATE followups SET approved_at",
    "UPDATE followups SET stop_reason = 'superseded'",
    "UPDATE cases SET tell_after = NULL",
    "UPDATE cases SET known_since = ?1 WHERE known_since >",
    "UPDATE applications SET added_at",
];

/// Words and signs with their lines, without comments and literals; `::` is one sign.
fn tokens(source: &str) -> Vec<(usize, &str)> {
    let (mut found, mut rest, mut line) = (Vec::new(), source, 1);
    while let Some(first) = rest.chars().next() {
        let until = |from: usize, end: &str| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
        let closing = |(at, _): &(usize, &str)| (at - rest[..*at].trim_end_matches('\\').len()) % 2 == 0;
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let hashes = rest[word..].len() - rest[word..].trim_start_matches('#').len();
        let is_raw = ["r", "br", "cr"].contains(&&rest[..word]) && rest[word + hashes..].starts_with('"');
        let (length, is_token) = match first {
            _ if is_raw => (until(word + hashes + 1, &format!("\"{}", "#".repeat(hashes))), false),
            _ if word > 0 => (word, true),
            _ if rest.starts_with("//") => (until(0, "\n"), false),
            _ if rest.starts_with("/*") => (until(0, "*/"), false),
            _ if rest.starts_with("'\\") => (until(3, "'"), false),
            '\'' if rest.chars().nth(2) == Some('\'') => (until(1, "'"), false),
            '"' => (rest.match_indices('"').skip(1).find(closing).map_or(rest.len(), |(at, _)| at + 1), false),
            _ if rest.starts_with("::") => (2, true),
            _ => (first.len_utf8(), !first.is_whitespace()),
        };
        if is_token {
            found.push((line, &rest[..length]));
        }
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    found
}

/// `src/store/journal.rs` is the module `store::journal`; the root of the crate has no name.
fn module_of(file: &str) -> Vec<&str> {
    let parts = file.trim_start_matches("src/").trim_end_matches(".rs").split('/');
    parts.filter(|name| *name != "lib").collect()
}

/// Every path in the source of `file` with its line, groups taken apart. What is the crate's own is spelled
/// from `crate`, however it was written; all of it, or it by another name, is `crate::*`.
fn paths(file: &str, source: &str) -> Vec<(usize, String)> {
    let is_word = |token: &str| token.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let tokens = tokens(source);
    let token = |at: usize| tokens.get(at).map_or("", |token| token.1);
    // For each pair of braces around us: the path that those inside continue, and the module they are in.
    let mut around: Vec<(Vec<&str>, Vec<&str>)> = vec![(Vec::new(), module_of(file))];
    let (mut found, mut path, mut before) = (Vec::new(), Vec::new(), "");
    for (at, &(line, now)) in tokens.iter().enumerate() {
        let (group, module) = around.last().cloned().unwrap_or_default();
        if now == "{" {
            let inner = if at > 1 && token(at - 2) == "mod" { [module, vec![before]].concat() } else { module };
            around.push((if before == "::" { path.clone() } else { Vec::new() }, inner));
        } else if now == "}" {
            around.pop();
        } else if now == "::" && (before == "use" || !is_word(before) && before != ">") {
            path.clear();
        } else if now == "as" && path == ["crate"] {
            found.push((line, "crate::*".to_owned()));
        } else if (is_word(now) || now == "*" && before == "::") && now != "as" && before != "as" {
            path = if before == "::" { path } else { group };
            if path.is_empty() && ["crate", "self", "super"].contains(&now) {
                path = if now == "crate" { vec!["crate"] } else { [vec!["crate"], module].concat() };
            }
            match now {
                "super" => path.truncate(path.len().max(2) - 1),
                "crate" | "self" => {}
                name => path.push(name),
            }
            if token(at + 1) != "::" {
                found.push((line, path.join("::")));
            }
        }
        before = now;
    }
    found
}

/// What is wrong with the use of `target` (`crate::store::Store`) in `file`.
fn wrong_import(file: &str, target: &str) -> Option<String> {
    let floor_of = |room: &str| FLOORS.iter().position(|rooms| rooms.split(' ').any(|name| name == room));
    let from = module_of(file).first().copied().unwrap_or("lib");
    let to = target.strip_prefix("crate::")?.split("::").next()?;
    let Some(floor) = floor_of(from) else { return Some(format!("give the room `{from}` a floor in {}", file!())) };
    match floor_of(to) {
        _ if from == to || floor == 3 => None,
        None => Some(format!("`{target}` hides its room: name it by the room that it is in")),
        Some(up) if up > floor => Some(format!("{from} (floor {floor}) uses {to} (floor {up}): move it down")),
        Some(1) if floor == 1 => Some(format!("{from} uses its neighbour {to}: let a floor above bring them together")),
        Some(_) => None,
    }
}

/// Whether a file in a folder `depth` levels below the root names, in `line`, a path that leaves the root.
fn leads_out(depth: i32, line: &str) -> bool {
    let is_path = |c: char| c.is_alphanumeric() || "._-/${}".contains(c);
    let step = |depth, part: &str| match part {
        ".." => (depth > 0).then_some(depth - 1),
        part if part.is_empty() || part == "." || part.starts_with('$') => Some(depth),
        _ => Some(depth + 1),
    };
    let mut paths = line.split(|c| !is_path(c)).filter(|path| path.contains('/'));
    paths.any(|path| path.split('/').try_fold(depth, step).is_none())
}

/// The text files below `folder`, by their paths from the root; nothing that is built, or git's own.
fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut folders) = (Vec::new(), vec![root.join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the project can be listed") {
            let path = entry.expect("an entry of a folder can be read").path();
            if path.is_dir() && !path.ends_with("target") && !path.ends_with(".git") {
                folders.push(path);
            } else if let (Ok(name), Ok(text)) = (path.strip_prefix(root), std::fs::read_to_string(&path)) {
                found.push((name.display().to_string(), text));
            }
        }
    }
    found.sort();
    found
}

/// The SQL in the source of a file of the store, with the line after each statement.
fn statements(source: &str) -> Vec<(usize, String)> {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let (mut found, mut line) = (Vec::new(), 1);
    let code: String = source.lines().map(|line| if is_code(&line) { line } else { "" }.to_owned() + "\n").collect();
    for (at, piece) in code.split('"').enumerate() {
        line += piece.matches('\n').count();
        let sql = piece.split("\\\n").map(str::trim_start).collect::<String>().replace("{COLUMNS}", "*");
        let sql = sql.replace("SET {}", "SET status = status");
        if at % 2 == 1 && ["SELECT", "UPDATE", "DELETE"].iter().any(|verb| sql.starts_with(verb)) {
            found.push((line, sql));
        }
    }
    found
}

/// What `database` would read row by row to run `sql`.
fn scans(database: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut statement = database.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("it fits the schema");
    let plan = statement.raw_query().mapped(|row| row.get::<_, String>("detail"));
    let steps = plan.map(|step| step.expect("a plan is text"));
    // The one index that is small however many applications there are.
    steps
        .filter(|step| step.starts_with("SCAN") && !step.ends_with("INDEX cases_held") && step != "SCAN CONSTANT ROW")
        .collect()
}

/// Fails with every finding that `rule` makes, a line and what to do, in the files of `folder`.
fn keep(folder: &str, rule: impl Fn(&str, &str) -> Vec<(usize, String)>) {
    let (files, mut findings) = (files(folder), String::new());
    assert!(!files.is_empty(), "{folder} holds no file: this rule looks at the wrong place");
    for (file, text) in files {
        findings.extend(rule(&file, &text).into_iter().map(|(line, what)| format!("{file}:{line}: {what}\n")));
    }
    assert!(findings.is_empty(), "\n{findings}");
}

/// The same for a rule that looks at one path at a time.
fn keep_paths(folder: &str, rule: impl Fn(&str, &str) -> Option<String>) {
    let judge = |file: &str, (line, path): (usize, String)| Some((line, rule(file, &path)?));
    keep(folder, |file, text| paths(file, text).into_iter().filter_map(|path| judge(file, path)).collect());
}

#[test]
fn imports_go_down_only() {
    keep_paths("src", wrong_import);
}

#[test]
fn core_touches_nothing_outside() {
    keep_paths("src", |file, path| {
        // The message library takes the date of a letter in this type.
        let is_conversion = file == "src/core/message.rs" && path == "std::time::SystemTime";
        let is_impure = IMPURE.split_whitespace().any(|start| path.starts_with(start)) && !is_conversion;
        (file.starts_with("src/core") && is_impure).then(|| format!("core is pure: take the result of `{path}`"))
    });
}

#[test]
fn only_the_clock_asks_for_the_time() {
    keep_paths("src", |file, path| {
        let asks = CLOCKS.iter().any(|clock| path.ends_with(&format!("{clock}::now")));
        (file != "src/clock.rs" && asks).then(|| format!("take the instant as an argument, not from `{path}`"))
    });
}

#[test]
fn tests_never_sleep() {
    keep_paths("tests", |file, path| {
        let sleeps = path.ends_with("thread::sleep") || path.ends_with("time::sleep");
        // Virtual time passes at once.
        let may = file.starts_with("tests/support/mail_server") || file == "tests/sim/clock.rs";
        (sleeps && !may).then(|| format!("instead of `{path}`, wait for what is meant, with a deadline"))
    });
}

#[test]
fn rooms_are_small_and_introduced() {
    keep("src", |file, text| {
        let bare = (1, !text.starts_with("//!"), "begin with `//!` and what this file is for");
        let long = (LONGEST_FILE, text.lines().count() > LONGEST_FILE, "too long from here: divide it by subject");
        let found = [bare, long].into_iter().filter(|found| found.1 && file.ends_with(".rs"));
        found.map(|(line, _, what)| (line, what.to_owned())).collect()
    });
}

#[test]
fn nothing_is_left_unfinished_or_unproven() {
    keep("src", |_, text| {
        let advice = |three: &[(usize, &str)]| match [three[0].1, three[1].1, three[2].1] {
            [".", "unwrap", "("] => Some("return the error, or `expect` with the proof that there is none"),
            ["todo" | "unimplemented" | "dbg", "!", _] => Some("finish it, or take it out"),
            ["unsafe", ..] => Some("do without `unsafe`"),
            ["#", "[", "ignore"] => Some("make the test run always, or take it out"),
            _ => None,
        };
        tokens(text).windows(3).filter_map(|three| Some((three[0].0, advice(three)?.to_owned()))).collect()
    });
}

#[test]
fn every_query_is_served_by_an_index() {
    let database = rusqlite::Connection::open_in_memory().expect("memory is there");
    let mut versions: Vec<_> = std::fs::read_dir("src/store/schema").expect("a folder").map(Result::unwrap).collect();
    versions.sort_by_key(std::fs::DirEntry::path);
    for version in versions {
        let sql = std::fs::read_to_string(version.path()).expect("a version of the schema is text");
        database.execute_batch(&sql).expect("the schema is SQL");
    }
    let means_all = |sql: &str| sql.contains(" LIMIT ") || MEANS_ALL.iter().any(|start| sql.starts_with(start));
    keep("src/store", |_, text| {
        let queries = statements(text).into_iter().filter(|(_, sql)| !means_all(sql));
        let scans = queries.flat_map(|(line, sql)| scans(&database, &sql).into_iter().map(move |scan| (line, scan)));
        scans.map(|(line, scan)| (line, format!("{scan}: give it an index, or let all rows be meant"))).collect()
    });
    let seen = statements("// \"SELECT\"\nf(\"SELECT 1 \\\n  FROM a\");\ng(\"a\", \"DELETE\")");
    assert_eq!(seen, [(3, "SELECT 1 FROM a".to_owned()), (4, "DELETE".to_owned())]);
    assert_eq!(scans(&database, "SELECT 1 FROM claims WHERE followup_id + 0 = ?").len(), 1);
}

#[test]
fn no_path_leads_out_of_the_project() {
    keep("", |file, text| {
        let depth = file.matches('/').count() as i32;
        let out = (1..).zip(text.lines()).filter(|(_, line)| leads_out(depth, line));
        out.map(|(line, _)| (line, "a clone has nothing there: name what is in the project".to_owned())).collect()
    });
}

#[test]
fn the_reader_sees_every_way_to_write_an_import() {
    let seen =
        |source| paths("src/store/journal.rs", source).into_iter().map(|(_, path)| path).collect::<Vec<_>>().join(" ");
    assert_eq!(seen("crate::mail::x(super::super::mail::y)"), "crate::mail::x crate::mail::y");
    assert_eq!(seen("super::x(self::y)"), "crate::store::x crate::store::journal::y");
    assert_eq!(
        seen("{crate::{ops::{self, a}, ask::b as c, d::*}}"),
        "crate::ops crate::ops::a crate::ask::b crate::d::*"
    );
    assert_eq!(seen("super::{super::{mail::m}, n}"), "crate::mail::m crate::store::n");
    assert_eq!(seen("mod t { super::x } super::y"), "mod t crate::store::journal::x crate::store::y");
    assert_eq!(seen("super::super as all; crate::{self as all}"), "crate crate::* crate crate::*");
    assert_eq!(seen("// crate::a\n/* crate::b */ \"\\\"crate::c\" r#\"\"crate::d\"# '\"' 'x' &'l '\\'' e"), "l e");
    assert_eq!(paths("src/lib.rs", "\n\"\n\"\ncrate::a"), [(4, "crate::a".to_owned())]);
}

#[test]
fn a_wrong_import_is_told_from_a_right_one() {
    let wrong = |file, target| wrong_import(file, target).is_some();
    assert!(wrong("src/core/plan.rs", "crate::store::Store") && wrong("src/ops.rs", "crate::cli::run"), "up");
    assert!(wrong("src/store/journal.rs", "crate::mail::smtp"), "sideways on floor 1");
    assert!(wrong("src/ops.rs", "crate::*") && wrong("src/mail.rs", "crate::Thing"), "hidden");
    assert!(wrong("src/attic.rs", "crate::core::plan"), "a room without a floor");
    assert!(!wrong("src/store.rs", "crate::core::plan") && !wrong("src/store.rs", "crate::store::journal"));
    assert!(!wrong("src/perform.rs", "crate::reconcile::tick"), "sideways on floor 2");
    assert!(!wrong("src/core/plan.rs", "std::fmt") && !wrong("src/main.rs", "crate::*"));
}

#[test]
fn a_path_out_is_told_from_one_within() {
    let out = |depth, up, line: &str| leads_out(depth, &line.replace("UP", &"../".repeat(up)));
    assert!(out(1, 2, "\"UPx.rs\"") && out(0, 2, "see docs/UPx") && out(2, 3, "cd \"$here/UP\""));
    assert!(!out(2, 2, "cd \"$here/UP\"") && !out(0, 1, "docs/UPx 0..n/2 .../ .."));
}
