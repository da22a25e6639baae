//! The season: who does what when. Written as correspondence; nothing here knows what Langbord will
//! answer.

use super::program::Program;

/// One thing that somebody does.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    /// Local time of the community, as `2027-01-14 09:00`.
    pub at: &'static str,
    /// First name; each is there once.
    pub who: &'static str,
    /// What.
    pub act: Act,
}

/// What people, calendars and machines do with mail.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// A new mail to the community.
    Writes(&'static str),
    /// Answers their latest letter of a kind.
    Answers(&'static str, Program, &'static str),
    /// The same from another address of theirs, or as somebody else who got it forwarded.
    AnswersFrom(&'static str, &'static str, &'static str),
    /// Taps a button in the calendar: an RFC 5545 PARTSTAT.
    Taps(&'static str),
    /// A vacation responder answers the latest letter.
    IsAway(&'static str),
    /// The server of this person sends the latest letter back.
    Bounces,
    /// Nothing: time has passed, and that is the point.
    Waits(&'static str),
}

const fn scene(at: &'static str, who: &'static str, act: Act) -> Scene {
    Scene { at, who, act }
}

/// A member of the cast.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Whole name.
    pub name: &'static str,
    /// Address.
    pub email: &'static str,
    /// `organizer`, `host` or nothing.
    pub roles: &'static str,
    /// Telephone, for hosts.
    pub phone: &'static str,
}

const fn member(name: &'static str, email: &'static str) -> Member {
    Member { name, email, roles: "", phone: "" }
}

/// The community in Oslo.
pub const OSLO: [Member; 12] = [
    Member { name: "Ida Berg", email: "ida@berg.example", roles: "organizer", phone: "" },
    Member {
        name: "Anne Dahl",
        email: "anne@dahl.example",
        roles: "host",
        phone: "+47 900 00 001",
    },
    member("Kari Lie", "kari@lie.example"),
    member("Per Moe", "per@moe.example"),
    member("Øystein Nordmann", "oystein@nordmann.example"),
    member("Eva Strand", "eva@strand.example"),
    member("Jonas Vik", "jonas@vik.example"),
    member("Silje Haug", "silje@haug.example"),
    member("Aisha Rahman", "aisha@rahman.example"),
    member("Tor Bakke", "tor@bakke.example"),
    member("Marit Eide", "marit@eide.example"),
    member("Sindre Foss", "sindre@foss.example"),
];

/// The community in Dublin.
pub const DUBLIN: [Member; 12] = [
    Member { name: "Grace Byrne", email: "grace@byrne.example", roles: "organizer", phone: "" },
    Member {
        name: "Tom Walsh",
        email: "tom@walsh.example",
        roles: "host",
        phone: "+353 85 000 0001",
    },
    member("Nora Kelly", "nora@kelly.example"),
    member("Sean Doyle", "sean@doyle.example"),
    member("Maeve Ryan", "maeve@ryan.example"),
    member("Liam Nolan", "liam@nolan.example"),
    member("Fiona Burke", "fiona@burke.example"),
    member("Declan Hayes", "declan@hayes.example"),
    member("Aoife Quinn", "aoife@quinn.example"),
    member("Ronan Daly", "ronan@daly.example"),
    member("Ciara Flynn", "ciara@flynn.example"),
    member("Owen Power", "owen@power.example"),
];

use Act::{Answers, AnswersFrom, Bounces, IsAway, Taps, Waits, Writes};
use Program::{Bare, Gmail, Iphone, Outlook, Thunderbird};

/// Everything that happens, in order.
pub const SEASON: &[Scene] = &[
    // --- Oslo: a dinner that fills, and a waiting list that moves ---
    scene(
        "2027-01-11 09:00",
        "Ida",
        Writes(
            "Hei!\n\nNy middag torsdag 28. januar kl 18.30\nhos: Anne\nsted: Fjordgata 3, 2. etasje\n\
         plasser: 6\nspørsmål: Hva har du ombestemt deg om?\nmeny: Fårikål\n\
         hvorfor: Vi spiser av én gryte.\nfrist: 25. januar\ninviter: alle\n\nMvh Ida",
        ),
    ),
    scene("2027-01-11 09:05", "Ida", Answers("preview", Iphone, "ja")),
    scene(
        "2027-01-11 09:30",
        "Kari",
        Answers("invitation", Gmail, "Ja takk, gjerne! Jeg er vegetarianer."),
    ),
    scene(
        "2027-01-11 09:40",
        "Per",
        Answers(
            "invitation",
            Outlook,
            "Kommer gjerne, og tar med Lise, så vi blir to. Hun har cøliaki.\n\nHilsen Per",
        ),
    ),
    scene(
        "2027-01-11 10:05",
        "Ida",
        Answers("invitation", Gmail, "Kan dessverre ikke selv denne gangen."),
    ),
    scene("2027-01-11 10:15", "Øystein", Answers("invitation", Iphone, "Æ kjem!")),
    scene(
        "2027-01-11 12:00",
        "Tor",
        IsAway("Jeg er på ferie til 20. januar og leser ikke e-post."),
    ),
    scene("2027-01-11 13:00", "Sindre", Bounces),
    scene("2027-01-11 18:20", "Eva", Taps("ACCEPTED")),
    scene("2027-01-12 08:10", "Jonas", Answers("invitation", Thunderbird, "Så hyggelig! Stiller.")),
    scene("2027-01-12 09:00", "Silje", Answers("invitation", Gmail, "Ja, veldig gjerne! 😊")),
    scene(
        "2027-01-12 10:00",
        "Aisha",
        AnswersFrom("invitation", "aisha.rahman@jobb.example", "Jeg kommer gjerne. Spiser halal."),
    ),
    scene("2027-01-12 10:20", "Aisha", Answers("other-address", Gmail, "Ja, det var meg.")),
    scene(
        "2027-01-12 11:00",
        "Marit",
        Answers("invitation", Gmail, "Kanskje, må sjekke med barnevakt først."),
    ),
    scene("2027-01-12 12:00", "Ida", Writes("Hvem kommer?")),
    scene(
        "2027-01-13 09:00",
        "Kari",
        Answers("answer-yes", Iphone, "Beklager, jeg må melde avbud likevel."),
    ),
    scene("2027-01-13 20:15", "Silje", Answers("offer", Iphone, "Ja!")),
    scene("2027-01-14 09:00", "Jonas", Answers("answer-yes", Bare, "Hva skal jeg ha på meg?")),
    // --- Dublin: a dinner that moves ---
    scene(
        "2027-01-15 09:00",
        "Grace",
        Writes(
            "Hello,\n\nNew dinner\nwhen: Saturday 6 February 19:00\nhost: Tom\nwhere: 12 Canal Road\nseats: 8\n\
         question: Who taught you the most?\nmenu: Colcannon and ham\nreply by: 1 February\ninvite: all\n\nThanks, Grace",
        ),
    ),
    scene("2027-01-15 09:02", "Grace", Answers("preview", Gmail, "yes")),
    scene("2027-01-15 09:40", "Nora", Answers("invitation", Gmail, "Count me in!")),
    scene(
        "2027-01-15 10:00",
        "Sean",
        Answers("invitation", Iphone, "I'd love to, and so would my wife. No nuts for her please."),
    ),
    scene(
        "2027-01-15 11:00",
        "Maeve",
        Answers("invitation", Outlook, "Would have loved to, but I'm in Cork that weekend."),
    ),
    scene(
        "2027-01-15 11:30",
        "Liam",
        AnswersFrom("invitation", "stranger@elsewhere.example", "Yes! Where is it?"),
    ),
    scene(
        "2027-01-15 12:30",
        "Liam",
        Answers("other-address", Gmail, "No, that wasn't me. I forwarded it to a friend, sorry."),
    ),
    scene("2027-01-16 09:00", "Liam", Answers("invitation", Gmail, "I can come myself, though.")),
    scene("2027-01-18 09:00", "Fiona", Taps("TENTATIVE")),
    scene(
        "2027-01-18 10:00",
        "Declan",
        Answers("invitation", Thunderbird, "Not this time, I'm afraid."),
    ),
    scene("2027-01-18 19:00", "Grace", Writes("Move dinner to Saturday 13 February")),
    scene("2027-01-18 19:04", "Grace", Answers("preview", Iphone, "Yes")),
    scene("2027-01-19 09:30", "Nora", Answers("moved", Gmail, "Yes, that still works for me.")),
    scene("2027-01-19 10:00", "Sean", Answers("moved", Iphone, "Sorry, we can't make the 13th.")),
    scene("2027-01-19 12:00", "Maeve", Answers("moved", Outlook, "Oh good, then I can come!")),
    scene("2027-01-20 09:00", "Aoife", Answers("moved", Gmail, "Yes, with my sister: 2 of us.")),
    // --- Oslo: late answers, more seats, the day itself ---
    scene(
        "2027-01-23 12:00",
        "Marit",
        Answers("answer-maybe", Gmail, "Ja, nå har vi barnevakt! Kommer."),
    ),
    scene("2027-01-24 16:00", "Ida", Writes("8 plasser")),
    scene("2027-01-24 16:02", "Ida", Answers("preview", Iphone, "ja takk")),
    scene("2027-01-27 12:00", "Ida", Waits("the reminders have gone out")),
    scene(
        "2027-01-28 09:00",
        "Per",
        Answers("reminder", Iphone, "Lise er blitt syk, så jeg kommer alene."),
    ),
    scene("2027-01-29 09:00", "Kari", Answers("invitation", Gmail, "Ble det plass likevel?")),
    // --- both: the digest, and a dinner that is called off ---
    scene(
        "2027-02-01 08:55",
        "Ida",
        Writes("Ny middag lørdag 20. februar kl 19 hos Eva, 8 plasser, inviter alle"),
    ),
    scene("2027-02-01 08:58", "Ida", Answers("preview", Iphone, "ja")),
    scene("2027-02-01 10:00", "Ida", Waits("the first of the month: the digests")),
    scene("2027-02-02 10:00", "Kari", Answers("invitation", Gmail, "Denne gangen kommer jeg!")),
    scene(
        "2027-02-02 11:00",
        "Jonas",
        Answers("invitation", Gmail, "Ja\n\n+ Nina, som er veganer"),
    ),
    scene("2027-02-03 18:00", "Ida", Writes("Avlys, verten er syk")),
    scene("2027-02-03 18:01", "Ida", Answers("preview", Iphone, "ja")),
    scene("2027-02-12 12:00", "Grace", Waits("the reminders have gone out")),
    scene("2027-02-14 12:00", "Grace", Writes("status")),
    scene("2027-02-21 09:00", "Ida", Waits("a week later the diets are gone")),
    scene(
        "2027-02-21 12:00",
        "Ida",
        Writes(
            "Ny middag torsdag 18. mars kl 18.30 hos Kari, 10 plasser, frist 14. mars, inviter alle",
        ),
    ),
    scene("2027-02-21 12:01", "Ida", Answers("preview", Iphone, "ja")),
];
