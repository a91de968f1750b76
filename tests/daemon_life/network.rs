//! No network, no name, a resolver that is silent: none of it is a refusal, and none of it ends the daemon.

use std::net::UdpSocket;
use std::process::{Command, Stdio};

use followup::core::delivery::{Mailer, Retry};
use followup::mail::smtp::{SmtpMailer, Tls};

use super::*;

/// Whether programs can be started through this one here; some containers forbid it.
fn can(wrapper: &[&str]) -> bool {
    let mut command = Command::new(wrapper[0]);
    let tried = command.args(&wrapper[1..]).arg("true").stdout(Stdio::null()).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

#[test]
fn without_any_network_it_starts_stays_and_says_why_nothing_goes() {
    // A network of its own, in which there is nothing, not even this machine.
    let alone = ["unshare", "-rn"];
    if !can(&alone) {
        return;
    }
    for (host, tls, why) in [("smtp.home.example", "implicit", "lookup address"), ("127.0.0.1", "none", "unreachable")]
    {
        let home = Home::at_port(465);
        home.set("smtp.host", host);
        home.set("smtp.tls", tls);
        if tls != "none" {
            home.set("smtp.username", "ada");
            home.set("smtp.password", "secret");
        }
        let id = home.approved_letter_to(JANE);
        let daemon = home.daemon_through(&alone);
        daemon.wait_for_words("the mail server is out of reach");
        assert!(daemon.log().join("\n").contains(why), "{:?}", daemon.log());
        // More looks find it resting, and try nothing.
        home.sql("UPDATE applications SET company = company");
        let status = home.json(&["status"]);
        assert_eq!(
            (&status["daemon"]["running"], &status["mail"]["paused"]),
            (&true.into(), &false.into()),
            "{status}"
        );
        assert!(status["mail"]["next_try"].is_string(), "{status}");
        assert!(home.must(&["list"]).contains("Mail cannot be sent now"));
        assert_eq!(home.phase(&id), "approved");
        daemon.terminate();
        assert_eq!(daemon.wait_for_end().code(), Some(0));
        assert_eq!(said(&daemon, "out of reach"), 1, "{:?}", daemon.log());
    }
}

#[tokio::test]
async fn a_name_without_an_address_is_a_server_out_of_reach() {
    // No label is that long, so that no resolver has to be asked.
    for host in [format!("{}.example", "a".repeat(64)), "smtp..example".to_owned()] {
        let mailer = SmtpMailer {
            host,
            port: 465,
            tls: Tls::Implicit,
            authorities: Vec::new(),
            login: None,
            hello: "home.example".to_owned(),
            progress: || {},
        };
        let not_sent = mailer.open().await.err().unwrap();
        assert_eq!(not_sent.retry, Retry::Server, "{not_sent}");
        assert!(not_sent.why.contains("cannot be reached"), "{not_sent}");
    }
}

#[test]
fn a_resolver_that_says_nothing_keeps_nobody_from_stopping_the_daemon() {
    // A name server of its own, as only the superuser can put one in the place of the machine's.
    let Ok(silent) = UdpSocket::bind("127.0.0.77:53") else { return };
    if !can(&["unshare", "-m"]) {
        return;
    }
    silent.set_read_timeout(Some(DEADLINE)).unwrap();
    let home = Home::at_port(465);
    home.set("smtp.host", "smtp.home.example");
    home.set("smtp.tls", "implicit");
    home.set("smtp.username", "ada");
    home.set("smtp.password", "secret");
    let id = home.approved_letter_to(JANE);
    let resolver = home.folder().join("resolv.conf");
    std::fs::write(&resolver, "nameserver 127.0.0.77\noptions timeout:30 attempts:5\n").unwrap();
    let script = format!("mount --bind {} /etc/resolv.conf && exec \"$@\"", resolver.display());
    let daemon = home.daemon_through(&["unshare", "-m", "sh", "-c", &script, "sh"]);
    silent.recv_from(&mut [0; 512]).unwrap();
    daemon.terminate();
    assert_eq!(daemon.wait_for_end().code(), Some(0), "{:?}", daemon.log());
    assert_eq!(home.phase(&id), "approved");
}
