//! Settings, password files and templates that change, cannot be read, or are missing for a moment.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;

fn file(home: &Home) -> PathBuf {
    home.folder().join("followup.toml")
}

fn written(home: &Home) -> String {
    fs::read_to_string(file(home)).unwrap()
}

/// Puts `text` in the place of the settings as many editors do: a new file, moved there.
fn replace(home: &Home, text: &str) {
    replace_with_mode(home, text, 0o600);
}

fn replace_with_mode(home: &Home, text: &str, mode: u32) {
    let new = home.folder().join("new");
    fs::write(&new, text).unwrap();
    fs::set_permissions(&new, fs::Permissions::from_mode(mode)).unwrap();
    fs::rename(new, file(home)).unwrap();
}

/// The last mail, its lines joined again where quoted-printable broke them.
fn last_mail(server: &MailServer) -> String {
    String::from_utf8(server.accepted().last().unwrap().data.clone()).unwrap().replace("=\r\n", "")
}

#[test]
fn a_file_that_is_moved_into_its_place_is_followed() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let daemon = idle(&home);
    replace(&home, &written(&home).replace("Ada Byron", "Ada Lovelace"));
    daemon.wait_for_words("the settings have changed");
    home.add(JANE);
    assert!(server.wait_for_accepted(1, DEADLINE), "the ask");
    assert!(last_mail(&server).contains("Ada Lovelace"), "{}", last_mail(&server));
}

#[test]
fn each_way_in_which_settings_cannot_be_used_is_said_once_and_the_old_ones_stay_in_force() {
    type Spoil = fn(&Home);
    let spoil: [(&str, Spoil); 4] = [
        ("sending.grace", |home| replace(home, &written(home).replace("grace = '0s'", "grace = 'soon'"))),
        ("there are no settings yet", |home| fs::remove_file(file(home)).unwrap()),
        ("others can read it", |home| {
            let with_secret = "[smtp]\nusername = 'ada'\npassword = 'secret'\n";
            replace_with_mode(home, &written(home).replace("[smtp]\n", with_secret), 0o644);
        }),
        ("a folder", |home| {
            // In one step: what is between would be another reason.
            let folder = home.folder().join("a folder");
            fs::create_dir(&folder).unwrap();
            let exchange = rustix::fs::RenameFlags::EXCHANGE;
            rustix::fs::renameat_with(rustix::fs::CWD, folder, rustix::fs::CWD, file(home), exchange).unwrap();
        }),
    ];
    for (why, spoil) in spoil {
        let server = MailServer::start();
        let home = Home::new(&server);
        let good = written(&home);
        let daemon = idle(&home);
        spoil(&home);
        // Whatever the daemon looks for, it sees it; and looks again and again.
        for _ in 0..5 {
            home.sql("UPDATE applications SET company = company");
        }
        home.sql(
            "INSERT INTO applications (company, position, contact_email) VALUES ('Globex', 'Analyst', 'jane@globex.example');
             INSERT INTO interviews (application_id, held_on, promised_on)
                 VALUES (1, date('now', '-16 days'), date('now', '-13 days'));",
        );
        assert!(server.wait_for_accepted(1, DEADLINE), "{why}: the ask, over the old settings");
        daemon.wait_for_words("going on with those before");
        let log = daemon.log();
        let named: Vec<&String> = log.iter().filter(|line| line.contains("going on with those before")).collect();
        assert_eq!(named.len(), 1, "{why}: {log:?}");
        assert!(named[0].contains(why), "{why}: {log:?}");
        // The person is told by whatever they type.
        for command in [&["status"][..], &["list"], &["show", "1"], &[]] {
            let ran = home.run(command);
            assert!(ran.stderr.contains(why) || ran.stdout.contains(why), "{why}: {command:?}: {ran:?}");
        }

        if file(&home).is_dir() {
            fs::remove_dir(file(&home)).unwrap();
        }
        replace(&home, &good);
        daemon.wait_for_words("the settings can be used again");
        replace(&home, &good.replace("[me]\n", "[me]\nphone = '+44 20 7946 0000'\n"));
        assert!(server.wait_for_accepted(2, DEADLINE), "{why}: asked anew, with the number");
    }
}

#[test]
fn a_password_file_and_a_template_that_change_are_followed_and_bad_ones_are_not() {
    let credentials = Some(("ada".to_owned(), "secret".to_owned()));
    let server = MailServer::with(Behaviour { credentials, ..Behaviour::default() });
    let home = Home::new(&server);
    let password = home.folder().join("password");
    let write = |text: &str, mode: u32| {
        fs::write(&password, text).unwrap();
        fs::set_permissions(&password, fs::Permissions::from_mode(mode)).unwrap();
    };
    write("wrong\n", 0o600);
    home.set("smtp.username", "ada");
    home.set("smtp.password_file", password.to_str().unwrap());
    home.write_template("promise-passed", &template("Greetings"));
    home.add(JANE);
    let daemon = home.daemon();
    daemon.wait_for_words("the mail account is refused");

    write("secret\n", 0o644);
    let nudge = || home.sql("UPDATE applications SET company = company");
    nudge();
    daemon.wait_for_words("others can read it");
    assert_eq!(server.accepted().len(), 0, "over a password that everybody may know by now");
    write("secret\n", 0o600);
    nudge();
    assert!(server.wait_for_accepted(1, DEADLINE), "{}", server.transcript());
    assert!(last_mail(&server).contains("Greetings"), "{}", last_mail(&server));

    home.write_template("promise-passed", "Subject: {{ nonsense");
    daemon.wait_for_words("promise-passed.txt");
    home.write_template("promise-passed", &template("Salutations"));
    assert!(server.wait_for_accepted(2, DEADLINE), "asked anew");
    assert!(last_mail(&server).contains("Salutations"), "{}", last_mail(&server));
}

fn template(greeting: &str) -> String {
    include_str!("../../config/letters/promise-passed.txt").replace("Dear", greeting)
}

#[test]
fn a_daemon_that_is_started_with_settings_that_cannot_be_used_ends_with_their_code() {
    let home = Home::at_port(9);
    home.set("sending.grace", "soon");
    let daemon = home.daemon();
    assert_eq!(daemon.wait_for_end().code(), Some(5), "systemd does not try again");
}

#[test]
fn a_look_that_finds_nothing_to_do_is_no_line_of_the_log_nor_is_one_of_a_library() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let daemon = idle(&home);
    for round in 0..3 {
        (0..20).for_each(|_| home.sql("UPDATE applications SET company = company"));
        has_looked(&home, &server);
        daemon.wait_for_words_again("told the person", round + 1);
    }
    daemon.terminate();
    assert_eq!(daemon.wait_for_end().code(), Some(0));
    let log = daemon.log();
    let words: Vec<&str> = log.iter().filter_map(|line| line.split_whitespace().nth(2)).collect();
    let round = ["application", "told"];
    assert_eq!(words, [&["watching"][..], &round, &round, &round, &["asked", "stopped"]].concat(), "{log:?}");
}
