//! Where it goes: standard output, a new file, or JSON.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn a_file_is_new_whole_and_its_owners_alone() {
    let shell = globex("waiting");
    let file = shell.folder().join("calendar.ics");
    let path = file.to_str().unwrap();
    assert_eq!(
        shell.must(&["export", "--format=ics", "--output", path]),
        "Wrote HOME/calendar.ics, 2 entries, readable by you alone.\n"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), shell.must(&["export", "--format=ics"]));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let names = fs::read_dir(shell.folder()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.contains("tmp") || name.ends_with(".part")).count(), 0);
}

#[test]
fn nothing_is_written_over_and_nothing_beside() {
    let shell = globex("waiting");
    let mine = shell.folder().join("mine.ics");
    fs::write(&mine, "mine").unwrap();
    let (link, missing) = (shell.folder().join("link.ics"), shell.folder().join("nowhere/calendar.ics"));
    std::os::unix::fs::symlink(shell.folder().join("elsewhere.ics"), &link).unwrap();
    let database = shell.database();
    for (file, code, says) in [
        (mine.as_path(), 4, "mine.ics exists already; it was not touched"),
        (&link, 4, "link.ics exists already"),
        (&database, 4, "exists already"),
        (shell.folder(), 4, "exists already"),
        (&missing, 1, "nowhere/calendar.ics: No such file"),
    ] {
        let said = shell.run(&["export", "--format=ics", "--output", file.to_str().unwrap()]);
        assert!(said.code == code && said.out.is_empty() && said.err.contains(says), "{said:?}");
    }
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
    assert!(!shell.folder().join("elsewhere.ics").exists() && !missing.parent().unwrap().exists());
}

#[test]
fn json_has_the_calendar_or_the_name_of_its_file() {
    let shell = globex("waiting");
    let json = shell.json(&["export", "--format=ics"]);
    assert_eq!(json["format"], "ics");
    assert_eq!(json["ics"].as_str().unwrap(), shell.must(&["export", "--format=ics"]));
    assert_eq!(json.as_object().unwrap().len(), 2);
    let file = shell.folder().join("calendar.ics");
    let json = shell.json(&["export", "--format=ics", "--output", file.to_str().unwrap()]);
    assert_eq!(json, serde_json::json!({ "format": "ics", "output": "HOME/calendar.ics" }));
    check(&fs::read_to_string(file).unwrap());
}

#[test]
fn another_format_is_a_usage_error_that_names_the_one_there_is() {
    let shell = globex("waiting");
    for format in ["csv", "json", "ICS", "", "pdf"] {
        let said = shell.run(&["export", "--format", format]);
        assert!(said.code == 2 && said.out.is_empty() && said.err.contains("[possible values: ics]"), "{said:?}");
        let said = shell.run(&["export", "--json", "--format", format]);
        assert!(said.code == 2 && said.err.contains("possible values: ics"), "{said:?}");
    }
    let said = shell.run(&["export"]);
    assert!(said.code == 2 && said.err.contains("--format"), "{said:?}");
}

#[test]
fn a_clock_that_cannot_be_right_writes_nothing() {
    let shell = globex("waiting");
    let file = shell.folder().join("calendar.ics");
    let said = shell.at("2020-01-01T00:00:00Z").run(&["export", "--format=ics", "--output", file.to_str().unwrap()]);
    assert!(said.code == 4 && said.err.contains("the clock cannot be trusted") && !file.exists(), "{said:?}");
}
