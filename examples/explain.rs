use std::io::BufRead;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let one = |path: &str| {
        let raw = std::fs::read(path).unwrap();
        let message = langbord::mail::parse(&raw);
        let meaning = langbord::understand::understand(&message, None);
        println!("{}", langbord::understand::explain_json(path, &meaning));
    };
    if args.first().map(String::as_str) == Some("--bench") {
        let raws: Vec<Vec<u8>> = args[1..].iter().map(|p| std::fs::read(p).unwrap()).collect();
        for _ in 0..2 {
            let start = std::time::Instant::now();
            let mut n = 0;
            let (mut tp, mut bytes) = (0.0, 0);
            while start.elapsed().as_secs_f64() < 3.0 {
                for raw in &raws {
                    let t = std::time::Instant::now();
                    let m = langbord::mail::parse(raw);
                    tp += t.elapsed().as_secs_f64();
                    std::hint::black_box(langbord::understand::understand(&m, None));
                    n += 1;
                    bytes += raw.len();
                }
            }
            let s = start.elapsed().as_secs_f64();
            println!(
                "{:.0} mails/s, {:.1} KB each, parse {:.0} %",
                n as f64 / s,
                bytes as f64 / n as f64 / 1e3,
                100.0 * tp / s
            );
        }
    } else if args.first().map(String::as_str) == Some("--own") {
        for text in std::io::stdin().lock().lines() {
            let raw = format!(
                "From: Kari Lie <kari@example.org>\r\nSubject: Re: Middag\r\nIn-Reply-To: <a@b>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
                text.unwrap().replace("\\n", "\r\n")
            );
            let m = langbord::understand::understand(&langbord::mail::parse(raw.as_bytes()), None);
            println!("{}", langbord::understand::explain_json("x", &m));
        }
    } else if args.first().map(String::as_str) == Some("--say") {
        let say = |text: &str| {
            let raw = format!(
                "From: Kari Lie <kari@example.org>\r\nSubject: Re: Middag\r\nIn-Reply-To: <a@b>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
                text.replace("\\n", "\r\n")
            );
            let m = langbord::understand::understand(&langbord::mail::parse(raw.as_bytes()), None);
            println!(
                "{text}\n  => {:?} {:.2} party {:?} diets {:?} human {}",
                m.answer, m.confidence, m.party_size, m.diets, m.needs_human
            );
            for b in m.because.iter().skip(1) {
                println!("     {} <{}> {}", b.conclusion, b.words, b.rule);
            }
        };
        for text in &args[1..] {
            say(text);
        }
        if args.len() == 1 {
            for line in std::io::stdin().lock().lines() {
                say(&line.unwrap());
            }
        }
    } else if args.first().map(String::as_str) == Some("--text") {
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
