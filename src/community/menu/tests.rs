use super::*;

/// The ingredients of a menu, in words.
fn holds(menu: &str) -> String {
    let all: BTreeSet<Ingredient> = dishes(menu).into_iter().flat_map(|dish| dish.holds).collect();
    let words: Vec<String> = all.iter().map(|part| format!("{part:?}").to_lowercase()).collect();
    words.join(" ")
}

#[test]
fn the_files_can_be_read_and_say_something_of_each_ingredient() {
    let lexicon = lexicon::read();
    assert_eq!(lexicon.as_ref().err(), None);
    assert_eq!(
        holds(
            "Ost, egg, nøtter, peanøtter, laks, reker, tofu, tahini, bacon, biff, vin, sushi, brød"
        )
        .split(' ')
        .count(),
        15
    );
}

#[test]
fn dishes_hold_what_they_usually_do() {
    for (menu, expected) in [
        ("Fårikål", "meat"),
        ("Rekesalat", "egg shellfish"),
        ("Fiskegrateng", "gluten milk lactose egg fish"),
        ("Pesto", "milk lactose nuts"),
        ("Tiramisu", "gluten milk lactose egg alcohol raw"),
        ("Kyllingsatay med ris", "peanuts soy meat"),
        ("Chicken satay", "peanuts soy meat"),
        ("Reker", "shellfish"),
        ("Fiskekaker", "milk lactose fish"),
        ("Nøttekake", "gluten milk lactose egg nuts"),
        ("Mandelpoteter", ""),
        ("Kokosmelk og kokosnøtt", ""),
        ("Coconut milk", ""),
        ("Eggplante", ""),
        ("Eggplant", ""),
        ("Pålegg", ""),
        ("Svinestek", "meat pork"),
        ("Frokost", ""),
        ("Geitost og eplemost", "milk lactose"),
        ("Peanut butter sandwich", "gluten peanuts"),
        ("Butternut squash", ""),
        ("Smoked salmon", "fish raw"),
        ("Lammesteik med fløytegratinerte poteter", "milk lactose meat"),
        ("Rjomegraut", "gluten milk lactose"),
        ("Kveite med raudvinssaus", "fish alcohol"),
        ("Hvitvinseddik", ""),
        ("Pinnekjøtt og kålrabistappe", "milk lactose meat"),
        ("Suppe av rotgrønnsaker", ""),
        ("Vi spiser av én gryte.", ""),
    ] {
        assert_eq!(holds(menu), expected, "{menu}");
    }
}

#[test]
fn what_is_said_to_be_left_out_is_not_in_it() {
    for (menu, expected) in [
        ("Pesto uten nøtter", "milk lactose"),
        ("Pesto (uten nøtter)", "milk lactose"),
        ("Kake uten egg og melk", "gluten"),
        ("Glutenfri pasta", ""),
        ("Glutenfri pasta med pesto", "milk lactose nuts"),
        ("Glutenfri pasta og brød", "gluten"),
        ("Pannekaker (glutenfrie)", "milk lactose egg"),
        ("Pannekaker, glutenfrie", "milk lactose egg"),
        ("Laktose- og glutenfri kake", "milk egg"),
        ("Laktosefri fløte", "milk"),
        ("Pasta uten brød", "gluten"),
        ("Vegansk lasagne", "gluten"),
        ("Vegetarlasagne", "gluten milk lactose"),
        ("Lasagne uten kjøtt", "gluten milk lactose"),
        ("Alkoholfri vin", ""),
        ("Nut-free pesto", "milk lactose"),
        ("Nut free brownies", "gluten milk lactose egg"),
        ("Gluten free bread", ""),
        ("Vegan cheesecake", "gluten"),
        ("Pasta without egg, with pesto", "gluten milk lactose nuts"),
        ("Pasta utan egg, med skaldyr", "gluten shellfish"),
        ("Kylling med pesto uten nøtter", "milk lactose meat"),
        ("Granola fri for nøtter", ""),
    ] {
        assert_eq!(holds(menu), expected, "{menu}");
    }
}

fn told(menu: &str, diets: &[(Diet, u32)], notes: &[&str]) -> Vec<String> {
    let notes = notes.iter().map(|note| (*note).to_owned()).collect();
    let needs = Needs { diets: diets.iter().copied().collect(), notes };
    let told = clashes(menu, &needs).into_iter().map(|clash| {
        let who = clash.note.unwrap_or_else(|| format!("{:?}", clash.diet));
        format!("{}: {} x {who}", clash.dishes.join(" + "), clash.count)
    });
    told.collect()
}

#[test]
fn a_clash_names_the_dishes_and_how_many_they_are_not_for() {
    let menu = "Rekesalat, deretter fårikål. Til dessert: tiramisu med mandler";
    assert_eq!(
        told(menu, &[(Diet::Vegetarian, 2), (Diet::NutAllergy, 1), (Diet::SoyAllergy, 1)], &[]),
        ["mandler: 1 x NutAllergy", "Rekesalat + fårikål: 2 x Vegetarian"]
    );
    assert_eq!(told(menu, &[(Diet::Coeliac, 1)], &[]), ["tiramisu: 1 x Coeliac"]);
    assert_eq!(told(menu, &[(Diet::Diabetic, 1), (Diet::Other, 1)], &[]), Vec::<String>::new());
    assert_eq!(
        told("Bakt torsk", &[(Diet::Pescatarian, 3), (Diet::Halal, 1)], &[]),
        Vec::<String>::new()
    );
}

#[test]
fn a_need_in_own_words_is_looked_for_as_it_is_written() {
    let menu = "Sellerisuppe. Kylling uten løk";
    assert_eq!(told(menu, &[], &["tåler ikke selleri"]), ["Sellerisuppe: 1 x tåler ikke selleri"]);
    assert_eq!(told(menu, &[], &["uten løk", "koriander"]), Vec::<String>::new());
}

proptest::proptest! {
    #[test]
    fn no_menu_makes_the_reader_panic(menu in "\\PC{0,200}") {
        let _dishes = dishes(&menu);
    }
}
