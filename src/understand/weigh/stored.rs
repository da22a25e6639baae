//! The networks' numbers as a file, one behind the other: letter groups in octets with one scale,
//! the rest as they are.

use super::net::{
    ANSWERS, DIETS, GRAMS, HIDDEN, Model, PARTIES, Question, READ, TAGS, WIDTH, WINDOWS,
};

/// The networks of a file; `None` where its length is not that of whole ones.
pub fn read(octets: &[u8]) -> Option<Vec<Model>> {
    let mut rest = octets;
    let mut models = Vec::new();
    while !rest.is_empty() {
        models.push(one(&mut rest)?);
    }
    Some(models)
}

fn one(rest: &mut &[u8]) -> Option<Model> {
    let mut model = Model { grams: scaled(rest, GRAMS * WIDTH)?, ..Model::default() };
    model.tags = plain(rest, TAGS * WIDTH)?;
    for window in WINDOWS {
        model.layers.push(plain(rest, window * WIDTH * WIDTH)?);
        model.layer_bias.push(plain(rest, WIDTH)?);
    }
    for answers in [ANSWERS, 1, PARTIES] {
        model.questions.push(Question {
            attention: plain(rest, WIDTH)?,
            weights: plain(rest, READ * answers)?,
            bias: plain(rest, answers)?,
            together: plain(rest, READ * HIDDEN)?,
            together_bias: plain(rest, HIDDEN)?,
            behind: plain(rest, HIDDEN * answers)?,
        });
    }
    model.diets = plain(rest, WIDTH * DIETS)?;
    model.diet_bias = plain(rest, DIETS)?;
    model.diet_rules = plain(rest, DIETS)?;
    Some(model)
}

/// The file of some networks.
pub fn write(models: &[Model]) -> Vec<u8> {
    models.iter().flat_map(octets).collect()
}

fn octets(model: &Model) -> Vec<u8> {
    let most = model.grams.iter().fold(f32::MIN_POSITIVE, |most, number| most.max(number.abs()));
    let scale = most / 127.0;
    let mut octets = scale.to_le_bytes().to_vec();
    octets.extend(model.grams.iter().flat_map(|number| octet(number / scale).to_le_bytes()));
    let mut all = vec![model.tags.as_slice()];
    for (weights, bias) in model.layers.iter().zip(&model.layer_bias) {
        all.extend([weights.as_slice(), bias]);
    }
    for question in &model.questions {
        all.extend([question.attention.as_slice(), &question.weights, &question.bias]);
        all.extend([question.together.as_slice(), &question.together_bias, &question.behind]);
    }
    all.extend([model.diets.as_slice(), &model.diet_bias, &model.diet_rules]);
    octets.extend(all.into_iter().flatten().flat_map(|number| number.to_le_bytes()));
    octets
}

#[expect(clippy::cast_possible_truncation, reason = "between -127 and 127 by its scale")]
fn octet(number: f32) -> i8 {
    number.round() as i8
}

fn scaled(rest: &mut &[u8], count: usize) -> Option<Vec<f32>> {
    let scale = plain(rest, 1)?.first().copied()?;
    let (octets, behind) = rest.split_at_checked(count)?;
    *rest = behind;
    Some(octets.iter().map(|octet| f32::from(i8::from_le_bytes([*octet])) * scale).collect())
}

fn plain(rest: &mut &[u8], count: usize) -> Option<Vec<f32>> {
    let (octets, behind) = rest.split_at_checked(count * 4)?;
    *rest = behind;
    let (numbers, _) = octets.as_chunks::<4>();
    Some(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_networks_of_this_program_are_written_as_they_were_read() {
        let octets = include_bytes!("../../../templates/und/weights.bin");
        let models = read(octets).unwrap();
        assert_eq!(models.len(), 2);
        assert!(write(&models) == octets, "other octets");
    }

    #[test]
    fn a_file_that_ends_early_holds_no_network() {
        let octets = include_bytes!("../../../templates/und/weights.bin");
        assert_eq!(read(&octets[..octets.len() - 1]), None);
    }
}
