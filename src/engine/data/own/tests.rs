use super::*;
use crate::chance::Chance;
use crate::data::digits8;

const CSV: Format = Format::Csv { label: 3, client: None };

/// 40 rows of two kinds, and who holds them.
fn flowers() -> String {
    let mut text = String::from("length,width,site,kind\n");
    for row in 0..40u32 {
        let (kind, at) = if row % 2 == 0 { ("iris", 1.0) } else { ("rose", 4.0) };
        let site = ["south", "north", "west"][row as usize % 3];
        text += &format!("{},{},{site},{kind}\n", at + f64::from(row) / 40.0, row % 7);
    }
    text
}

fn refused(bytes: &[u8], format: Format, wanted: &str) {
    let says = Samples::read(bytes, format).expect_err(wanted);
    assert!(says.contains(wanted), "“{wanted}” is not in: {says}");
    assert!(says.ends_with('.') && says.chars().count() < 400, "{says}");
    assert!(!says.chars().any(char::is_control), "{says:?}");
}

#[test]
fn a_table_gives_its_rows_classes_and_clients_in_order() {
    let text = "\u{feff}x;site;y\r\n1.5;b;10\r\n-2e1;a;9\r\n 3 ;b;10\r\n.5;a;9\r\n";
    let samples =
        Samples::read(text.as_bytes(), Format::Csv { label: 3, client: Some(2) }).unwrap();
    assert_eq!(samples.features, [1.5, -20.0, 3.0, 0.5]);
    assert_eq!((samples.width, samples.rows()), (1, 4));
    // Classes that are numbers stand by size: 9 before 10.
    assert_eq!(
        (&samples.classes[..], &samples.labels[..]),
        (&["9", "10"].map(String::from)[..], &[1, 0, 1, 0][..])
    );
    assert_eq!(
        (&samples.clients[..], &samples.holders[..]),
        (&["a", "b"].map(String::from)[..], &[1, 0, 1, 0][..])
    );
    assert_eq!(samples.counts(), [[2, 0], [0, 2]]);
}

#[test]
fn quotes_blank_lines_and_tabs_are_read() {
    let text = "a\t\"b, or c\"\tkind\n\n\"1\"\t2\t\"x \"\"y\"\"\"\n\n3\t4\tz";
    let samples = Samples::read(text.as_bytes(), CSV).unwrap();
    assert_eq!(samples.features, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(samples.classes, ["x \"y\"", "z"]);
}

#[test]
fn a_bad_table_is_told_its_line_and_column() {
    let check = |text: &str, says: &str| refused(text.as_bytes(), CSV, says);
    check("a,b,c\n1,2,x\n1,2\n", "Line 3 has 2 values; the header has 3 columns");
    check("a,b,c\n1,2,x\n1,2,y,9\n", "Line 3 has 4 values");
    check("a,b,c\n1,2,x\n\n1,two,y\n", "Line 4, column 2 (“b”): “two” is not a number");
    check("a,b,c\n1,\"1,5\",x\n", "column 2 (“b”): “1,5” is not a number. Decimals take a point");
    check("a,b,c\n1,,x\n", "Line 2, column 2 (“b”): a value is missing");
    check("a,b,c\nNA,1,x\n", "Line 2, column 1 (“a”): a value is missing");
    check("a,b,c\n1,2,\n", "Line 2, column 3 (“c”): there is no value");
    for word in ["NaN", "inf", "-Infinity", "1e999"] {
        check(&format!("a,b,c\n1,{word},x\n"), &format!("“{word}” is not a finite number"));
    }
    check("a,b,c\n1,2,x\n3,4,x\n", "All 2 rows are of one class, “x”");
    check("a,b,c\n", "a header and no rows");
    check("a,b,c", "a header and no rows");
    check("", "The file is empty");
    check("\n\n", "The file is empty");
    check("a,b,a\n1,2,x\n", "Columns 1 and 3 are both called “a”");
    check("1,2,3\n4,5,6\n", "Line 1 holds numbers");
    check("abc\ndef\n", "one column");
    check("a,b\n1,2\n", "There is no column 3");
    check("a,\u{1b}[31mb,c\n1,\u{7}2,x\n", "“·[31mb”");
}

#[test]
fn too_much_of_anything_is_a_sentence() {
    let wide = vec!["x"; 1_000_000].join(",");
    refused(wide.as_bytes(), CSV, "The file has 1000000 columns; at most 2048");
    let mut many = String::from("a,b,c\n");
    (0..1_001).for_each(|row| many += &format!("1,2,class{row}\n"));
    refused(many.as_bytes(), CSV, "Column 3 (“c”) holds more than 256 different values");
    let by_client = Format::Csv { label: 1, client: Some(3) };
    refused(many.replace("1,2", "x,2").as_bytes(), by_client, "more than 500 different");
    refused(&vec![b'1'; BYTES_MAX + 1], CSV, "files up to 64 MB are read");
    let lonely = "a,site,c\n1,s,x\n2,s,y\n3,t,x\n";
    refused(lonely.as_bytes(), Format::Csv { label: 3, client: Some(2) }, "Client “t” has one row");
    refused(b"site,c\ns,x\n", Format::Csv { label: 2, client: Some(1) }, "no column of numbers");
    // Off the wire, where nobody has checked.
    refused(b"a,c\n1,x\n", Format::Csv { label: 0, client: None }, "counted from 1");
    refused(b"a,c\n1,x\n", Format::Csv { label: 1, client: Some(1) }, "the same column");
}

#[test]
fn what_is_no_utf8_text_is_told_what_it_is() {
    let check = |bytes: &[u8], says: &str| refused(bytes, CSV, says);
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    check(&[&[0xff, 0xfe][..], &utf16("a,b,c\n1,2,x\n")].concat(), "is UTF-16");
    check(&utf16("a,b,c\n1,2,x\n"), "is UTF-16");
    check(b"a,b,c\n1,2,caf\xe9\n", "Line 2, byte 8: 0xe9 is not UTF-8. The file may be Latin-1");
    check(b"a,b,c\n1,2,x\0\n", "binary and not text: a zero byte in line 2, at byte 6");
    check(b"\x7fELF\x02\x01\x01\0\0\0\0\0", "binary");
    check(b"\x1f\x8b\x08\0", "packed (gzip)");
    check(b"PK\x03\x04\x14\0", "spreadsheet");
}

/// A pair of IDX files, one behind the other.
fn pair(images: u32, side: u32, labels: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 3];
    [images, side, side].iter().for_each(|n| bytes.extend(n.to_be_bytes()));
    bytes.extend((0..images * side * side).map(|i| (i * 37 % 256) as u8));
    bytes.extend([0, 0, 8, 1]);
    bytes.extend((labels.len() as u32).to_be_bytes());
    bytes.extend(labels);
    bytes
}

#[test]
fn a_pair_of_idx_files_gives_pictures_and_labels() {
    let samples = Samples::read(&pair(4, 8, &[7, 3, 3, 7]), Format::Idx).unwrap();
    assert_eq!((samples.width, samples.rows(), samples.side()), (64, 4, Some(8)));
    assert_eq!(
        (&samples.labels[..], &samples.classes[..]),
        (&[1, 0, 0, 1][..], &["3", "7"].map(String::from)[..])
    );
    assert_eq!(&samples.features[..3], [0.0, 37.0, 74.0]);
    let both = pair(4, 8, &[7, 3, 3, 7]);
    let (images, labels) = both.split_at(16 + 256);
    assert_eq!(join(labels.to_vec(), images.to_vec()), both);
    assert_eq!(join(images.to_vec(), labels.to_vec()), both);
    let world = samples.world(Chance::new(1));
    assert!(world.data.features.iter().all(|x| (0.0..=1.0).contains(x)));
}

#[test]
fn a_bad_pair_is_told_what_is_missing() {
    let check = |bytes: &[u8], says: &str| refused(bytes, Format::Idx, says);
    let good = pair(4, 8, &[0, 1, 0, 1]);
    check(&good[..3], "cut short in its head");
    check(&good[..10], "cut short in its head");
    check(
        &good[..100],
        "images are cut short: the head speaks of 4, which are 256 bytes; 84 follow",
    );
    check(&good[..16 + 256], "The labels are missing");
    check(&good[..good.len() - 1], "labels are cut short: the head speaks of 4");
    check(&[&good[..], b"x"].concat(), "1 bytes follow behind the labels");
    check(&pair(4, 8, &[0, 1]), "4 images and 2 labels");
    check(&pair(0, 8, &[]), "no image");
    check(&pair(1, 64, &[1]), "64 x 64 pixels; 1 to 2048");
    check(&pair(4, 8, &[5; 4]), "one class, “5”");
    check(&good[16 + 256..], "begins with 0x00000801 and not with 0x00000803. These are labels");
    check(b"\0\0\x0d\x03\0\0\0\x01", "Only bytes");
    check(b"GIF89a", "begins with 0x47494638");
    let huge = [&[0, 0, 8, 3][..], &[0xff; 4], &[0, 0, 0, 8, 0, 0, 0, 8]].concat();
    check(&huge, "the head speaks of 4294967295");
}

#[test]
fn label_and_client_are_guessed_by_name_and_by_what_they_hold() {
    let check = |text: &str, label: u32, client: Option<u32>| {
        let look = look(text.as_bytes(), None).unwrap();
        assert_eq!(look.own.format, Format::Csv { label, client }, "{text}");
    };
    check(&flowers(), 4, Some(3));
    check("species,a,b\nx,1,2\ny,3,4\n", 1, None);
    check("x,y,kind\n1,2,a\n3,4,b\n", 3, None);
    check("y,b\n1,2\n3,4\n", 1, None);
    check("a,word,b\n1,x,2\n3,y,4\n", 2, None);
    check("a,b,c\n1,0,2\n3,1,4\n", 3, None);
    check("Client,a,Label\ns,1,2\ns,3,4\n", 3, Some(1));
    check("a,client\n1,s\n2,s\n", 1, Some(2));
}

#[test]
fn a_look_shows_what_a_run_will_get_or_why_it_gets_nothing() {
    let text = flowers();
    let seen = look(text.as_bytes(), Some(Format::Csv { label: 4, client: Some(3) })).unwrap();
    assert_eq!((seen.rows, seen.features, seen.bytes), (40, 2, text.len() as u32));
    assert_eq!(
        (&seen.columns[..], seen.head.len()),
        (&["length", "width", "site", "kind"].map(String::from)[..], 5)
    );
    assert_eq!(seen.clients, ["north", "south", "west"]);
    assert_eq!(seen.counts.iter().flatten().sum::<u32>(), 40);
    assert_eq!(seen.trouble, None);
    // Without its client column the site is a word among the numbers: told, with the columns to choose from.
    let without = Format::Csv { label: 4, client: None };
    let wrong = look(text.as_bytes(), Some(without)).unwrap();
    assert!(wrong.trouble.is_some_and(|says| says.contains("“south” is not a number")));
    assert_eq!(wrong.columns.len(), 4);
    assert!(look(b"", None).is_err() && look(b"a,b,a\n1,2,x", None).is_err());
}

#[test]
fn a_small_file_travels_in_the_link_and_a_large_one_by_its_name() {
    let text = flowers();
    let small = look(text.as_bytes(), None).unwrap();
    let Carried::Inline(packed) = &small.own.file else { panic!("{:?}", small.own.file) };
    assert_eq!(unpack(packed).unwrap(), text.as_bytes());
    assert_eq!(Own::read(&small.own.to_string()), Ok(small.own.clone()));

    let mut text = flowers();
    let mut rng = Chance::new(1).at("noise", &[]);
    (0..3_000).for_each(|_| text += &format!("{},1,east,rose\n", crate::chance::normal(&mut rng)));
    let large = look(text.as_bytes(), None).unwrap();
    assert_eq!(large.own.file, Carried::Sha256(large.sha256.clone()));
    // As sha256sum prints it.
    assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn a_deflate_bomb_and_a_broken_text_are_sentences() {
    let bomb = data_encoding::BASE64URL_NOPAD
        .encode(&miniz_oxide::deflate::compress_to_vec(&vec![b'1'; 8_000_000], 9));
    assert!(bomb.len() < lexicon::own::INLINE_CHARS_MAX);
    assert!(unpack(&bomb).unwrap_err().contains("more than 1 MB"));
    let packed = pack(flowers().as_bytes()).unwrap();
    assert!(unpack(&packed[..packed.len() / 2]).unwrap_err().contains("cut or changed"));
    assert!(unpack("AAA+").unwrap_err().contains("place 4"));
    assert!(unpack("A").unwrap_err().contains("cut or changed"));
    assert!(unpack(&"A".repeat(20_000)).unwrap_err().contains("too long"));
}

#[test]
fn a_world_is_dealt_by_seed_and_stands_on_one_scale() {
    let samples =
        Samples::read(flowers().as_bytes(), Format::Csv { label: 4, client: Some(3) }).unwrap();
    let world = samples.world(Chance::new(1));
    assert_eq!(world, samples.world(Chance::new(1)));
    assert_ne!(world.split, samples.world(Chance::new(2)).split);
    let clients = world.clients.as_ref().unwrap();
    let mut all: Vec<u32> =
        clients.iter().flat_map(|s| s.train.iter().chain(&s.test)).copied().collect();
    all.sort_unstable();
    assert_eq!(all, (0..40).collect::<Vec<u32>>());
    for (client, own) in clients.iter().enumerate() {
        assert!(
            own.train
                .iter()
                .chain(&own.test)
                .all(|&row| usize::from(samples.holders[row as usize]) == client)
        );
        // Of 13 or 14 rows of two classes, three are for the test, and not all of one class.
        assert_eq!(own.test.len(), 3);
        assert!(
            own.test
                .iter()
                .any(|&r| world.data.labels[r as usize] != world.data.labels[own.test[0] as usize])
        );
    }
    for column in 0..2 {
        let of = |row: &u32| f64::from(world.data.row(*row)[column]);
        let count = world.split.train.len() as f64;
        let mean = world.split.train.iter().map(of).sum::<f64>() / count;
        let square = world.split.train.iter().map(|row| of(row) * of(row)).sum::<f64>() / count;
        assert!(mean.abs() < 1e-6 && (square - 1.0).abs() < 1e-5, "{mean} {square}");
    }
}

#[test]
fn a_column_that_never_changes_says_nothing_and_divides_by_nothing() {
    let text = "a,b,c\n5,1,x\n5,2,y\n5,3,x\n5,4,y\n5,5,x\n5,6,y\n";
    let world = Samples::read(text.as_bytes(), CSV).unwrap().world(Chance::new(3));
    assert!(world.data.features.iter().step_by(2).all(|x| *x == 0.0));
    assert!(world.data.features.iter().all(|x| x.is_finite()));
}

#[test]
fn of_more_numbers_than_a_run_takes_it_draws_rows_and_says_so() {
    let rows = 2 * world::NUMBERS_MAX / 64;
    let samples = Samples {
        features: (0..rows * 64).map(|i| (i % 251) as f32).collect(),
        width: 64,
        labels: (0..rows).map(|row| (row % 4) as u8).collect(),
        classes: ["a", "b", "c", "d"].map(String::from).to_vec(),
        clients: vec!["large".into(), "small".into()],
        holders: (0..rows).map(|row| u16::from(row < 3)).collect(),
        pixels: false,
    };
    let world = samples.world(Chance::new(1));
    assert!(world.data.features.len() <= world::NUMBERS_MAX + 2 * 64);
    assert!(world.says[1].contains("of the 250000 rows"), "{:?}", world.says);
    let clients = world.clients.unwrap();
    assert_eq!((clients[1].train.len(), clients[1].test.len()), (1, 1));
    let of_class = |class| world.data.labels.iter().filter(|l| **l == class).count();
    assert!((0..4).all(|class| of_class(class).abs_diff(world.data.len() / 4) < 10));
}

#[test]
fn a_desk_reads_once_and_gives_no_other_file_than_the_one_named() {
    let text = flowers();
    let sha256 = sha256(text.as_bytes());
    let format = Format::Csv { label: 4, client: Some(3) };
    let own = Own { format, file: Carried::Sha256(sha256.clone()) };
    let mut desk = Desk::default();
    let says = desk.samples(&own).unwrap_err().to_string();
    assert!(says.contains(&sha256[..12]) && says.contains("not in it"), "{says}");
    desk.put("0".repeat(64), b"a,b\n1,2\n".to_vec());
    let says = desk.samples(&own).unwrap_err().to_string();
    assert!(
        says.contains(&sha256[..12]) && says.contains("the one given has 000000000000"),
        "{says}"
    );
    desk.put(sha256, text.into_bytes());
    let (once, again) = (desk.samples(&own).unwrap(), desk.samples(&own).unwrap());
    assert!(Arc::ptr_eq(&once, &again));
}

#[test]
fn digits_as_a_table_are_the_digits() {
    let digits = digits8();
    let header: Vec<String> = (0..64).map(|pixel| format!("p{pixel}")).collect();
    let mut text = format!("{},digit\n", header.join(","));
    for row in 0..digits.len() as u32 {
        let pixels: Vec<String> = digits.row(row).iter().map(|x| (x * 16.0).to_string()).collect();
        text += &format!("{},{}\n", pixels.join(","), digits.labels[row as usize]);
    }
    let seen = look(text.as_bytes(), None).unwrap();
    assert_eq!((seen.rows, seen.features, seen.side, seen.classes.len()), (1_797, 64, Some(8), 10));
    let samples = Samples::read(text.as_bytes(), seen.own.format).unwrap();
    assert_eq!(samples.labels, digits.labels);
}
