//! Names and addresses of one employer, and of two.

use followup::core::employer::Employer;

fn name(company: &str) -> String {
    Employer::of(company, None).name
}

fn domain(email: &str) -> Option<String> {
    Employer::of("Globex", Some(email)).domain
}

fn is_same(one: &str, other: &str) -> bool {
    Employer::of(one, None).is_same(&Employer::of(other, None))
}

#[test]
fn a_legal_form_does_not_make_another_employer() {
    let forms = "GmbH|AG|SE|KG|GmbH & Co. KG|Co. KG|UG (haftungsbeschränkt)|G.m.b.H.|e.V.|OHG|KGaA|Inc|, Inc.|Corp.|Corporation|\
        LLC|, L.L.C.|LLP|Company|& Co.|Co., Ltd.|Ltd|Limited|PLC|p.l.c.|SA|S.A.|S. A.|S/A|SAS|S.A.S.|SARL|S.à r.l.|EURL|et Cie|\
        S.L.|SLU|S.A. de C.V.|S. de R.L. de C.V.|y Cía|Ltda.|Ltda|EIRELI|Pty Ltd|Pty. Ltd.|(Pvt) Ltd|Private Limited|Pvt. Ltd.|\
        Pte. Ltd.|Sdn. Bhd.|K.K.|株式会社|有限公司|股份有限公司|(株)|㈱|B.V.|N.V.|BVBA|S.p.A.|S.r.l.|AB (publ)|A/S|ApS|AS|Oy|Oyj|\
        Sp. z o.o.|Sp. z.o.o.|s.r.o.|spol. s r.o.|a.s.|d.o.o.|Kft.|Zrt.|A.Ş.|Ltd. Şti.|SIA|OÜ|FZ-LLC|W.L.L.|N.A.|주식회사";
    for form in forms.split('|') {
        assert_eq!(name(&format!("Acme {form}")), "acme", "{form}");
    }
    for company in [
        "ACME",
        " acme ",
        "Acme.",
        "“Acme”",
        "ООО «Acme»",
        "株式会社Acme",
        "ＡＣＭＥ株式会社",
        "(株)Acme",
        "PT Acme Tbk",
        "UAB Acme",
    ] {
        assert_eq!(name(company), "acme", "{company}");
    }
    assert_eq!(name("深圳市腾讯计算机系统有限公司"), "深圳市腾讯计算机系统");
    assert_eq!(name("トヨタ自動車株式会社"), name("トヨタ自動車㈱"));
    assert_eq!(name("주식회사 카카오"), "카카오");
    assert_eq!(name("新世界責任有限公司"), "新世界", "the longer form, not the shorter one that it ends with");
    assert_eq!(name("टाटा प्राइवेट लिमिटेड"), name("टाटा"));
}

#[test]
fn a_company_that_is_called_like_a_legal_form_keeps_its_name() {
    for (company, expected) in [
        ("Limited", "limited"),
        ("AG", "ag"),
        ("S.A.", "sa"),
        ("The Limited", "limited"),
        ("Co", "co"),
        ("株式会社", "株式会社"),
    ] {
        assert_eq!(name(company), expected);
    }
    assert_eq!(name("Limited Ltd"), "limited");
    assert_eq!(name("The"), "the");
    assert_eq!(name("***"), "***");
    assert_eq!(name("SAS Institute Inc."), "sas institute");
    assert_eq!(name("S.C. Johnson & Son, Inc."), "sc johnson son");
}

#[test]
fn how_a_name_was_typed_does_not_count() {
    let pairs = [
        ("Nestlé S.A.", "NESTLE"),
        ("Telefónica", "Telefonica, S.A."),
        ("Weiß KG", "Weiss"),
        ("Mu\u{308}ller", "Müller AG"),
        ("Ørsted A/S", "Orsted"),
        ("Johnson & Johnson", "Johnson and Johnson"),
        ("Müller und Söhne", "Müller & Söhne"),
        ("H&M", "H & M"),
        ("J. P. Morgan", "JP Morgan"),
        ("E.ON SE", "EON"),
        ("Coca-Cola", "Coca Cola Company"),
        ("McDonald’s", "McDonalds"),
        ("The Home Depot, Inc.", "Home Depot"),
        ("Sales Force", "Salesforce"),
        ("Łódź Bank", "Lodz Bank"),
    ];
    for (one, other) in pairs {
        assert!(is_same(one, other) && is_same(other, one), "{one}, {other}");
    }
    assert_eq!(name("J. P. Morgan"), "jp morgan");
    assert_eq!(name("हिन्दी"), "हिन्दी", "the sign that joins two of its letters is a part of the word");
}

#[test]
fn different_names_are_different_employers() {
    let pairs = [
        ("Acme", "Acme Group"),
        ("Acme Germany GmbH", "Acme"),
        ("Globex", "Initech"),
        ("AG", "SE"),
        ("が", "か"),
        ("हिन्दी", "हिन्दु"),
        ("Acme Co", "Acme Foods"),
        ("***", "!!!"),
    ];
    for (one, other) in pairs {
        assert!(!is_same(one, other), "{one}, {other}");
    }
    assert!(!is_same("", " "), "nothing is known of either");
}

#[test]
fn the_domain_is_the_one_that_was_registered() {
    assert_eq!(domain("jane@hr.acme.co.uk").as_deref(), Some("acme.co.uk"));
    assert_eq!(domain("Jane@Mail.ACME.com.").as_deref(), Some("acme.com"));
    assert_eq!(domain("jane@acme.com.br").as_deref(), Some("acme.com.br"));
    assert_eq!(domain("jane@hr.globex.example").as_deref(), Some("globex.example"));
    assert_eq!(domain("jane@hr.bücher.example").as_deref(), Some("xn--bcher-kva.example"));
    assert_eq!(domain("jane@acme.公司.cn").as_deref(), Some("acme.xn--55qx5d.cn"));
    assert_eq!(domain("jane@acme.github.io").as_deref(), Some("acme.github.io"), "others have names below it too");
}

#[test]
fn an_address_that_anybody_has_is_no_employers_own() {
    let anybodys = "gmail.com googlemail.com outlook.com outlook.fr hotmail.com hotmail.co.uk live.nl yahoo.co.jp yahoo.com.br \
        icloud.com me.com aol.com gmx.net gmx.de web.de t-online.de mail.ru yandex.ru yandex.com.tr proton.me protonmail.com qq.com \
        163.com 126.com orange.fr free.fr laposte.net uol.com.br bol.com.br libero.it comcast.net btinternet.com docomo.ne.jp";
    for host in anybodys.split_whitespace() {
        assert_eq!(domain(&format!("jane@{host}")), None, "{host}");
    }
    let relays =
        "us.greenhouse-mail.io greenhouse.io hire.lever.co myworkday.com smartrecruiters.com ashbyhq.com m.personio.de";
    for host in relays.split_whitespace() {
        assert_eq!(domain(&format!("no-reply@{host}")), None, "{host}");
    }
}

#[test]
fn what_is_no_registered_name_is_no_domain() {
    for email in [
        "",
        "jane",
        "jane@",
        "@",
        "jane@localhost",
        "jane@mail",
        "jane@[192.0.2.1]",
        "jane@192.0.2.1",
        "jane@[IPv6:2001:db8::1]",
        "jane@co.uk",
        "jane@com",
        "jane@a..com",
        "jane@.com",
        "jane@acme .com",
    ] {
        assert_eq!(domain(email), None, "{email}");
    }
}

#[test]
fn one_domain_is_one_employer_whatever_it_is_called() {
    let of = |company, email| Employer::of(company, Some(email));
    assert!(of("Acme", "a@hr.acme.co.uk").is_same(&of("Acme Germany GmbH", "b@acme.co.uk")));
    assert!(of("Acme", "a@acme.com").is_same(&of("ACME Inc.", "b@acme.de")), "by name");
    assert!(!of("Acme", "a@gmail.com").is_same(&of("Globex", "b@gmail.com")));
    assert!(!of("Acme", "a@greenhouse.io").is_same(&of("Globex", "b@greenhouse.io")));
    assert!(!of("Acme", "a@acme.github.io").is_same(&of("Globex", "b@globex.github.io")));
}
