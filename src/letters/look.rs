//! How a community's letters look: one colour and a signature of its own, the rest is ours.
//!
//! Invariant: every text can be read on what lies under it, by day and by night: the contrast is at
//! least 4.5 (WCAG 2.2, 1.4.3). What an operator chooses is refused where it is not.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// What is particular about a community's letters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// Links, buttons and the line above the letter.
    pub accent: Accent,
    /// What stands below a letter in place of the community's name; may be of several lines.
    pub signature: Option<String>,
}

/// A colour, as `#8c2f39`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color([u8; 3]);

/// A colour that can be read on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent(Color);

/// All colours of a letter, by day or by night.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Palette {
    /// Behind the letter.
    table: Color,
    /// The letter itself.
    paper: Color,
    /// Behind facts.
    cloth: Color,
    /// Words.
    ink: Color,
    /// Somebody's own words.
    pencil: Color,
    /// The line beside them.
    rule: Color,
    /// Who signs.
    quiet: Color,
    /// Links, buttons and the line above the letter.
    accent: Color,
    /// Words on a button.
    on_accent: Color,
}

/// The least contrast of words with what lies under them.
const READABLE: f64 = 4.5;

impl Color {
    const fn rgb(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue])
    }

    /// WCAG 2.2, relative luminance.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// WCAG 2.2, contrast ratio: 1 to 21.
    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
        one.max(two) / one.min(two)
    }

    /// `percent` of the way to another colour.
    fn mixed(self, other: Self, percent: u32) -> Self {
        let Self([red, green, blue]) = self;
        let Self([to_red, to_green, to_blue]) = other;
        let mix = |from: u8, to: u8| {
            let sum = u32::from(from) * (100 - percent) + u32::from(to) * percent;
            u8::try_from(sum / 100).unwrap_or(u8::MAX)
        };
        Self([mix(red, to_red), mix(green, to_green), mix(blue, to_blue)])
    }

    /// The nearest colour towards `goal` that can be read on `ground`.
    fn readable_on(self, ground: Self, goal: Self) -> Self {
        let steps = (0..=100).map(|percent| self.mixed(goal, percent));
        steps.into_iter().find(|color| color.contrast(ground) >= READABLE).unwrap_or(goal)
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([red, green, blue]) = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl Serialize for Color {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Color {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits =
            text.strip_prefix('#').filter(|digits| digits.len() == 6 && !digits.starts_with('+'));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = number.ok_or("not a colour like #8c2f39")?.to_be_bytes();
        Ok(Self::rgb(red, green, blue))
    }
}

impl Default for Accent {
    fn default() -> Self {
        Self(Color::rgb(0x8c, 0x2f, 0x39))
    }
}

impl FromStr for Accent {
    type Err = String;

    /// Refuses a colour in which a link could not be read, and names the nearest that can.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let color: Color = text.parse()?;
        let day = Palette::day(Self(color));
        // The cloth is the darkest that a link stands on, and the words on a button are lighter.
        let contrast = color.contrast(day.cloth);
        if contrast >= READABLE {
            return Ok(Self(color));
        }
        let better = color.readable_on(day.cloth, Color::rgb(0, 0, 0));
        Err(format!(
            "too pale to be read: its contrast with the letter is {contrast:.1}, at least {READABLE} \
             is needed, as `{better}` has"
        ))
    }
}

impl Palette {
    /// On a light screen.
    pub(super) const fn day(accent: Accent) -> Self {
        Self {
            table: Color::rgb(0xf3, 0xee, 0xe6),
            paper: Color::rgb(0xff, 0xfd, 0xfa),
            cloth: Color::rgb(0xf6, 0xf1, 0xe9),
            ink: Color::rgb(0x2b, 0x25, 0x22),
            pencil: Color::rgb(0x5c, 0x4f, 0x46),
            rule: Color::rgb(0xd9, 0xc9, 0xb4),
            quiet: Color::rgb(0x6b, 0x5d, 0x52),
            accent: accent.0,
            on_accent: Color::rgb(0xff, 0xff, 0xff),
        }
    }

    /// On a dark one.
    pub(super) fn night(accent: Accent) -> Self {
        let cloth = Color::rgb(0x30, 0x2a, 0x28);
        Self {
            table: Color::rgb(0x19, 0x16, 0x14),
            paper: Color::rgb(0x25, 0x21, 0x20),
            cloth,
            ink: Color::rgb(0xef, 0xe8, 0xdf),
            pencil: Color::rgb(0xd3, 0xc8, 0xbc),
            rule: Color::rgb(0x6d, 0x5f, 0x55),
            quiet: Color::rgb(0xb0, 0xa4, 0x98),
            accent: accent
                .0
                .mixed(Color::rgb(0xff, 0xe0, 0xcc), 55)
                .readable_on(Color::rgb(0x3a, 0x34, 0x31), Color::rgb(0xff, 0xff, 0xff)),
            on_accent: Color::rgb(0x1c, 0x12, 0x10),
        }
    }

    /// Words and what they stand on.
    #[cfg(test)]
    fn readings(&self) -> [(&'static str, Color, Color); 7] {
        [
            ("words", self.ink, self.paper),
            ("facts", self.ink, self.cloth),
            ("quotations", self.pencil, self.paper),
            ("the signature", self.quiet, self.table),
            ("links", self.accent, self.paper),
            ("links among facts", self.accent, self.cloth),
            ("buttons", self.on_accent, self.accent),
        ]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn contrast_is_what_the_standard_says() {
        let [black, white, grey] = ["#000000", "#ffffff", "#777777"].map(|c| c.parse().unwrap());
        assert!((Color::contrast(black, white) - 21.0).abs() < 1e-9);
        assert!((Color::contrast(grey, white) - 4.48).abs() < 0.01);
    }

    #[test]
    fn a_colour_that_nobody_could_read_is_refused_with_one_that_can() {
        let refused = "#e0b040".parse::<Accent>().unwrap_err();
        let better = refused.split('`').nth(1).unwrap();
        assert!(better.parse::<Accent>().is_ok(), "{refused}");
        for wrong in ["", "red", "#fff", "#8c2f3", "8c2f39", "#8c2f3g", "#+c2f39"] {
            assert!(wrong.parse::<Accent>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_can_be_read_by_day_and_by_night(rgb in any::<[u8; 3]>()) {
            let accent = Color(rgb).to_string().parse::<Accent>();
            for palette in accent.iter().flat_map(|accent| [Palette::day(*accent), Palette::night(*accent)]) {
                for (what, words, ground) in palette.readings() {
                    let contrast = words.contrast(ground);
                    prop_assert!(contrast >= READABLE, "{what}: {words} on {ground}: {contrast}");
                }
            }
        }
    }

    #[test]
    fn our_own_colours_can_be_read() {
        for palette in [Palette::day(Accent::default()), Palette::night(Accent::default())] {
            for (what, words, ground) in palette.readings() {
                assert!(words.contrast(ground) >= READABLE, "{what}: {words} on {ground}");
            }
        }
    }
}
