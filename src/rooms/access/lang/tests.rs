use super::super::tests::{patched, rinsed, scene_of};
use super::*;

#[test]
fn words_are_runs_of_letters_and_digits() {
    for text in [
        "",
        " ",
        "a",
        " a ",
        "one two",
        "d\u{e9}j\u{e0} vu, 1\u{a0}2\u{2014}\u{fc}ber\u{2014}",
        "\u{e9}",
        "\u{a0}",
        "a\u{a0}\u{a0}b",
    ] {
        let runs = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let found = words(text).filter(|word| !word.is_empty());
        assert!(found.eq(runs), "{text}");
    }
}

const GERMAN: &str = "Guten Morgen, anbei senden wir Ihnen die Rechnung für den vergangenen Monat. Bitte überweisen \
                      Sie den Betrag bis zum Ende der nächsten Woche auf unser Konto.";

#[test]
fn the_detector_goes_first_when_it_is_sure() {
    assert_eq!(language(GERMAN, None, None).as_deref(), Some("de"));
    assert_eq!(language(GERMAN, None, Some("en")).as_deref(), Some("de"));
    assert_eq!(language(GERMAN, Some("de-AT"), Some("en")).as_deref(), Some("de-AT"));
    assert_eq!(language(GERMAN, Some("en"), Some("de_CH")).as_deref(), Some("de-CH"));
}

#[test]
fn little_text_is_what_it_is_said_to_be() {
    assert_eq!(language("Hallo", Some("nl"), Some("en")).as_deref(), Some("nl"));
    assert_eq!(language("Hallo", None, Some("en-US")).as_deref(), Some("en-US"));
    assert_eq!(language("Hallo", None, Some("und")), None);
    assert_eq!(language("Hallo", None, Some("x-none")), None);
    assert_eq!(language("", None, None), None);
    assert_eq!(language("You have no new mail in your box", None, None).as_deref(), Some("en"));
}

#[test]
fn small_words_tell_short_texts() {
    for (text, lang) in [
        (
            "Hi. I am fine. Thanks, Alex On Thu, Jun 26 Alexander wrote: Hello! How are you? Thanks, Sasha.",
            "en",
        ),
        ("Dear John, This is a test of what you wrote to me. Please call.", "en"),
        ("Дорогой Петр, Это тест! С уважением, Иван Иванов", "ru"),
        ("Hej, tack för det! Jag kan komma till er på fredag om det är bra.", "sv"),
        ("Bonjour Marie, merci pour votre message, je vous appelle dans la semaine.", "fr"),
    ] {
        assert_eq!(language(text, None, None).as_deref(), Some(lang), "{text}");
    }
}

/// Letters as associations write them. The detector knows languages that
/// the small words do not, so these must not be taken for others.
#[test]
fn small_words_alone_tell_some_languages_and_are_no_others() {
    for (told, text) in [
        (
            Some("en"),
            "We write to you because the yearly meeting of our garden club is on the second Friday of March, in the hall \
             behind the church. If you cannot come, please send us a short mail, and we will take your name off the list. \
             There will be tea, and a talk about what we did with the old orchard last year.",
        ),
        (
            Some("de"),
            "Wir schreiben Ihnen, weil die Jahresversammlung unseres Gartenvereins am zweiten Freitag im März ist, und zwar \
             in der Halle hinter der Kirche. Wenn Sie nicht kommen können, schicken Sie uns bitte eine kurze Nachricht, und \
             wir nehmen Ihren Namen von der Liste. Es gibt Tee und einen Vortrag über das, was wir mit dem alten Garten \
             gemacht haben.",
        ),
        (
            Some("fr"),
            "Nous vous écrivons parce que la réunion annuelle de notre club de jardinage est le deuxième vendredi de mars, \
             dans la salle derrière l'église. Si vous ne pouvez pas venir, envoyez-nous un petit message et nous retirerons \
             votre nom de la liste. Il y aura du thé, et un exposé sur ce que nous avons fait avec le vieux verger pendant \
             l'année.",
        ),
        (
            Some("it"),
            "Vi scriviamo perché la riunione annuale del nostro circolo di giardinaggio è il secondo venerdì di marzo, nella \
             sala dietro la chiesa. Se non potete venire, vi preghiamo di mandare un breve messaggio e toglieremo il vostro \
             nome dalla lista. Ci sarà del tè, e una relazione su quello che abbiamo fatto con il vecchio frutteto \
             nell'anno passato.",
        ),
        (
            Some("pl"),
            "Piszemy do Państwa, ponieważ doroczne zebranie naszego klubu ogrodniczego jest w drugi piątek marca, w sali za \
             kościołem. Jeśli nie mogą Państwo przyjść, prosimy o krótką wiadomość, a my usuniemy nazwisko z listy. Będzie \
             herbata i opowieść o tym, co się stało ze starym sadem, który jest teraz dla nas wszystkich.",
        ),
        (
            Some("hu"),
            "Azért írunk Önnek, mert a kertészklub éves ülése március második péntekén lesz, a templom mögötti teremben. Ha \
             nem tud eljönni, kérjük, küldjön egy rövid levelet, és mi levesszük a nevét a listáról. Lesz tea is, és egy \
             előadás arról, hogy mit tettünk a régi gyümölcsössel, ami már nem csak a miénk.",
        ),
        // Catalan.
        (
            None,
            "Us escrivim perquè la reunió anual del nostre club de jardineria és el segon divendres de març, a la sala de \
             darrere de l'església. Si no podeu venir, envieu-nos un missatge curt i traurem el vostre nom de la llista. Hi \
             haurà te, i una xerrada sobre el que hem fet amb el vell hort durant aquest any, per a tots els que en vulguin \
             saber més.",
        ),
        // Dutch.
        (
            None,
            "Wij schrijven u omdat de jaarvergadering van onze tuinclub op de tweede vrijdag van maart is, in de zaal achter \
             de kerk. Als u niet kunt komen, stuur ons dan een kort bericht, en wij halen uw naam van de lijst. Er is thee en \
             een praatje over wat wij in het jaar met de oude boomgaard hebben gedaan, en over wat wij in de lente willen doen.",
        ),
        // Luxembourgish.
        (
            None,
            "Mir schreiwen Iech, well d'Joresversammlung vun eisem Gaardeclub den zweete Freideg am Mäerz ass, am Sall hannert \
             der Kierch. Wann Dir net kënnt kommen, da schéckt eis w.e.g. e kuerze Message, an da streiche mir Ären Numm vun \
             der Lëscht. Et gëtt Téi an e Virtrag iwwert dat, wat mir mam alen Bongert gemaach hunn, an iwwert d'Pläng fir \
             dëst Joer.",
        ),
        // Spanish.
        (
            None,
            "Les escribimos porque la reunión anual de nuestro club de jardinería es el segundo viernes de marzo, en la sala \
             detrás de la iglesia. Si no pueden venir, envíennos un mensaje corto y quitaremos su nombre de la lista. Habrá té \
             y una charla sobre lo que hemos hecho con el viejo huerto durante el año, y sobre lo que nos queda por hacer.",
        ),
        // Portuguese.
        (
            None,
            "Escrevemos porque a reunião anual do nosso clube de jardinagem é na segunda sexta-feira de março, na sala atrás \
             da igreja. Se não puderem vir, enviem-nos uma mensagem curta e tiraremos o seu nome da lista. Haverá chá e uma \
             palestra sobre o que fizemos com o velho pomar durante o ano, e sobre o que ainda nos falta fazer.",
        ),
        // Romanian.
        (
            None,
            "Vă scriem pentru că adunarea anuală a clubului nostru de grădinărit este în a doua vineri din martie, în sala din \
             spatele bisericii. Dacă nu puteți veni, trimiteți-ne un mesaj scurt și vă vom șterge numele de pe listă. Va fi \
             ceai și o discuție despre ce am făcut cu livada veche în acest an, și despre ce ne mai rămâne de făcut.",
        ),
        // Danish.
        (
            None,
            "Vi skriver til jer, fordi vores haveklubs årsmøde er den anden fredag i marts, i salen bag kirken. Hvis I ikke \
             kan komme, så send os en kort besked, og vi tager jeres navn af listen. Der er te og et foredrag om det, vi har \
             gjort med den gamle frugthave i årets løb, og om hvad vi vil gøre til foråret.",
        ),
        // Filipino, as it is written in mail: with English words.
        (
            None,
            "Sumusulat po kami dahil ang taunang meeting ng ating garden club ay sa ikalawang Biyernes ng Marso, sa hall sa \
             likod ng simbahan. Kung hindi kayo makakapunta, mag-send lang po ng maikling message at aalisin namin ang inyong \
             pangalan sa list. May tea at isang talk tungkol sa ginawa natin sa lumang orchard ngayong taon.",
        ),
        // Malay.
        (
            None,
            "Kami menulis kepada anda kerana mesyuarat tahunan kelab kebun kita adalah pada hari Jumaat kedua bulan Mac, di \
             dewan di belakang gereja. Jika anda tidak dapat datang, sila hantar mesej pendek dan kami akan keluarkan nama \
             anda dari senarai. Akan ada teh dan ceramah tentang apa yang telah kita buat dengan dusun lama tahun ini.",
        ),
        // Irish.
        (
            None,
            "Táimid ag scríobh chugaibh mar go bhfuil cruinniú bliantúil ár gclub garraíodóireachta ar an dara hAoine de Mhárta, \
             sa halla taobh thiar den séipéal. Mura féidir libh teacht, seolaigí teachtaireacht ghearr chugainn agus bainfimid \
             bhur n-ainm den liosta. Beidh tae ann agus caint faoin méid a rinneamar leis an sean-úllord i mbliana.",
        ),
        // Finnish.
        (
            None,
            "Kirjoitamme teille, koska puutarhakerhomme vuosikokous on maaliskuun toisena perjantaina salissa kirkon takana. \
             Jos ette pääse tulemaan, lähettäkää meille lyhyt viesti, niin poistamme nimenne listalta. Tarjolla on teetä ja \
             esitelmä siitä, mitä teimme vanhalle puutarhalle vuoden aikana ja mitä aiomme tehdä keväällä.",
        ),
        // Esperanto.
        (
            None,
            "Ni skribas al vi, ĉar la jara kunveno de nia ĝardena klubo estas la duan vendredon de marto, en la salono \
             malantaŭ la preĝejo. Se vi ne povas veni, bonvolu sendi al ni mallongan mesaĝon, kaj ni forigos vian nomon de la \
             listo. Estos teo, kaj prelego pri tio, kion ni faris per la malnova ĝardeno, kaj pri la planoj por la jaro, en \
             kiu ni estas.",
        ),
        // Latin.
        (
            None,
            "Scribimus ad vos quia conventus annuus sodalitatis hortorum nostrae est die Veneris secundo mensis Martii, in \
             aula post ecclesiam. Si venire non potestis, mittite nobis epistulam brevem, et nomen vestrum de indice \
             tollemus. Et thea erit et sermo de iis quae in horto vetere per annum fecimus, et de iis quae in anno proximo a \
             nobis facienda sunt.",
        ),
        // Slovak.
        (
            None,
            "Píšeme vám, lebo výročná schôdza nášho záhradkárskeho klubu je v druhý piatok v marci, v sále za kostolom. Ak \
             nemôžete prísť, pošlite nám, prosím, krátku správu a my vaše meno zo zoznamu odstránime. Bude čaj a prednáška o \
             tom, čo sa stalo so starým sadom, ktorý je teraz pre nás všetkých, a o tom, čo ešte len príde na jar a na \
             jeseň.",
        ),
        // Croatian.
        (
            None,
            "Pišemo vam jer je godišnji sastanak našeg vrtlarskog kluba u drugi petak u ožujku, u dvorani iza crkve. Ako ne \
             možete doći, pošaljite nam kratku poruku i mi ćemo vaše ime skinuti s popisa. Bit će čaja i predavanje o tome \
             što smo učinili sa starim voćnjakom, koji je sada za sve nas, i o tome što nas još čeka na proljeće i na \
             jesen.",
        ),
        // Slovene.
        (
            None,
            "Pišemo vam, ker je letni sestanek našega vrtnarskega kluba na drugi petek v marcu, v dvorani za cerkvijo. Če ne \
             morete priti, nam pošljite kratko sporočilo in vaše ime bomo vzeli s seznama. Na voljo bo čaj in predavanje o \
             tem, kaj smo naredili s starim sadovnjakom, ki je zdaj za vse nas, in o tem, kaj nas še čaka na pomlad in na \
             jesen.",
        ),
        // Lithuanian.
        (
            None,
            "Rašome jums, nes mūsų sodininkų klubo metinis susirinkimas yra antrąjį kovo penktadienį, salėje už bažnyčios. \
             Jei negalite ateiti, atsiųskite mums trumpą laišką, ir mes išbrauksime jus iš sąrašo. Bus arbatos ir pranešimas \
             apie tai, ką padarėme su senu sodu, kuris dabar yra mūsų visų, ir apie tai, kas dar laukia iki rudens ir po \
             jo.",
        ),
        // Estonian.
        (
            None,
            "Kirjutame teile, sest meie aiandusklubi aastakoosolek on märtsi teisel reedel, saalis kiriku taga. Kui te ei saa \
             tulla, saatke meile palun lühike kiri ja me võtame teie nime nimekirjast maha. Pakume teed ja on ka ettekanne \
             sellest, mis me vana viljapuuaiaga aasta jooksul tegime ja mis meil veel ees on, sest see on nüüd meie kõigi \
             oma.",
        ),
        // Afrikaans.
        (
            None,
            "Ons skryf aan u omdat die jaarvergadering van ons tuinklub op die tweede Vrydag in Maart is, in die saal agter \
             die kerk. As u nie kan kom nie, stuur asseblief vir ons 'n kort boodskap, en ons haal u naam van die lys af. Daar \
             is tee en 'n praatjie oor wat ons met die ou boord in die jaar gedoen het, en oor wat ons in die lente wil \
             doen.",
        ),
        // Turkmen, Azerbaijani and Uzbek are near Turkish, which is not told so.
        (
            None,
            "Sizə yazırıq, çünki bağçılıq klubumuzun illik yığıncağı martın ikinci cümə günü kilsənin arxasındakı zalda \
             olacaq. Əgər gələ bilmirsinizsə, bizə qısa bir məktub göndərin və biz adınızı siyahıdan çıxaraq. Çay və köhnə bağ \
             ilə nə etdiyimiz haqqında bir söhbət olacaq, çünki bu bağ indi hamımız üçün çox vacib bir yerdir.",
        ),
    ] {
        assert_eq!(alone(hits(text).as_ref()), told, "{text}");
        // Nor are parts of them, as short as mail may be.
        let words: Vec<_> = text.split_whitespace().collect();
        for many in [8, 12, 20, 30, 40, 50] {
            for part in words.windows(many) {
                let part = part.join(" ");
                let found = alone(hits(&part).as_ref());
                assert!(found.is_none() || found == told, "{found:?}: {part}");
            }
        }
    }
}

#[test]
fn scripts_run_their_way() {
    for (lang, dir) in [
        ("ar", Dir::Rtl),
        ("he-IL", Dir::Rtl),
        ("az-Arab", Dir::Rtl),
        ("ur-Latn", Dir::Ltr),
        ("de", Dir::Ltr),
    ] {
        assert_eq!(direction(lang), dir, "{lang}");
    }
}

#[test]
fn titles() {
    let title = |html: &str| scene_of(html, |_, scene| shell(scene).title);
    assert_eq!(title("<title>A  b</title><h1>C</h1>").as_deref(), Some("A b"));
    assert_eq!(title("<title> </title><p>x<h2>C</h2>").as_deref(), Some("C"));
    let words = title(&format!("<p>{GERMAN}</p>"));
    assert_eq!(words.as_deref(), Some("Guten Morgen, anbei senden wir Ihnen die Rechnung für den"));
    assert_eq!(title("<img src=x>"), None);
}

#[test]
fn an_authors_direction_stays() {
    let dir = |html: &str| scene_of(html, |_, scene| shell(scene).dir);
    assert_eq!(dir(&format!("<body dir=rtl>{GERMAN}")), Some(Dir::Rtl));
    assert_eq!(dir(GERMAN), Some(Dir::Ltr));
    assert_eq!(dir("?"), None);
}

#[test]
fn at_patch_the_tags_that_are_there_say_it() {
    let html = patched(&format!("<html><body><p>{GERMAN}"));
    assert!(
        html.starts_with("<html lang=\"de\" dir=\"ltr\"><body lang=\"de\" dir=\"ltr\"><p>"),
        "{html}"
    );
    assert!(patched(GERMAN).starts_with(GERMAN));
}

#[test]
fn no_language_is_no_lang() {
    assert_eq!(rinsed("<p lang=x-none>a</p>"), "<p>a</p>");
    assert_eq!(rinsed("<p lang=EN-US>a</p>"), "<p lang=\"EN-US\">a</p>");
}
