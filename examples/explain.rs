use std::io::BufRead;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let one = |path: &str| {
        let raw = std::fs::read(path).unwrap();
        let message = langbord::mail::parse(&raw);
        let meaning = langbord::understand::understand(&message, None);
        println!("{}", langbord::understand::explain_json(path, &meaning));
    };
    if args.first().map(String::as_str) == Some("--text") {
        for path in &args[1..] {
            let message = langbord::mail::parse(&std::fs::read(path).unwrap());
            let meaning = langbord::understand::understand(&message, None);
            println!("{path}\n{}", langbord::understand::explain_text(&message, &meaning));
        }
    } else if args.is_empty() {
        for line in std::io::stdin().lock().lines() {
            one(line.unwrap().trim());
        }
    } else {
        for path in &args {
            one(path);
        }
    }
}
