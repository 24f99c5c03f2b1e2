"""Words of satisfaction and dissatisfaction, as customers of service companies use them.

Written by hand for Wellheard; no other word list was copied. A line holds a weight (-3..3) and the
entries that have it, apart by commas: a word, a phrase of up to four words, or the beginning of a
word with `*`. Japanese entries are looked for anywhere in the text. `NEGATIONS` turn what follows
them, `BOOSTERS` make it stronger or (below 1) weaker, `CONTRAST` gives the word to what follows.
"""

from __future__ import annotations


def _signs(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FEELINGS = {
    "en": """
 3: excellent*, brilliant*, brill, invaluable, fantastic*, outstanding*, amazing*, perfect*,
    superb*, wonderful*, exceptional, awesome, fabulous*, love, loved, loving, phenomenal,
    flawless*, first class, top notch, second to none, could not fault, couldn't fault, cannot
    fault, can't fault, delighted, best company, best provider, best service, highly recommend*,
    impeccable, went above and beyond, above and beyond, a breeze, works a treat, exceeded
 2: good, great, happy, pleased, helpful*, friendly, efficient*, easy, easily, easier, quick*,
    fast, faster than, smooth*, simple, reliable, professional*, satisfied, satisfactory, polite*,
    kind, courteous*, pleasant*, nice, nicely, impressed, impressive, enjoy*, recommend,
    recommended, seamless*, clear, clearly, informative, knowledgeable, knowledgable, patient,
    patiently, prompt*, understanding, thank*, cheers, no problem*, no issue*, no complaint*, no
    fault*, no hassle*, no fuss, no trouble*, without a problem, without any problem*, without any
    issue*, no surprise*, without surprises, hassle free, stress free, problem free, straight
    forward, straightforward, well done, works well, working well, works fine, working fine,
    worked well, simply works, worked at once, at once, on time, value for money, fair, honest*,
    trust, trusted, trustworthy, attentive, caring, responsive, convenient*, stable, comfortable,
    keep it up, good deal, positive*, spot on, top marks, bargain, user friendly, intuitive,
    competent*, glad, grateful, appreciate*, successful*, success, congratulations, as promised,
    speedy, swift*, superfast service, better*, best, generous, transparent, valued, loyal to,
    finally fixed, no pressure, same day, hardly a complaint, never had a problem, never had any
    problem*, never had an issue, never let me down, fault free, 10/10, ten out of ten, five
    stars, would do it again, kept
 1: ok, okay, fine, cheap, cheaper, affordable, solved, resolved, sorted, fixed, improved,
    improvement, improving, works, useful, modern, ready, promising, decent, reasonable,
    reasonably, acceptable, fairly, like, liked, likes, interesting, free, answered, explained,
    ease, solve*, took care, calm, welcome*, welcoming, hope, support*, overnight, no small print,
    loads fast, two minutes, in minutes, enough
-3: terrible*, horrible*, horrendous*, appalling*, awful*, disgusting*, disgrace*, dreadful*,
    abysmal*, worst, atrocious*, pathetic*, shocking*, shambles, useless*, nightmare*, hate*,
    hated, scam*, fraud*, rip off, ripoff, rip-off, ripped off, theft, stole, stolen, lied, lies,
    liar*, lying, incompetent*, incompetence, diabolical, outrageous*, teribal, terible,
    ridiculous*, unacceptable*, inexcusable, avoid, never again, joke, farce, rubbish, crap*,
    shit*, furious*, disgusted, appalled, horrified, worthless, garbage, dire, despicable,
    ombudsman, not fit for purpose, a shame, fiasco, chaos, chaotic, laughable, hopeless*,
    insult*, cheated, con, conned, crooks, trading standards
-2: bad*, poor*, slow*, rude*, unhelpful*, unhappy, disappoint*, horrific*, dissatisf*, unsatisf*,
    frustrat*, annoy*, angry, anger, upset*, upsetting, complain*, problem*, issue*, fault*,
    fail*, failure*, broken, broke, breaks, mess, messed, messing, wrong*, error*, mistake*,
    confus*, complicated, difficult*, hassle*, stress*, delay*, late, cancel*, waste*, wasted,
    wasting, waiting, waited, still wait*, long wait, too long, took over, forever, ages, on hold,
    expensive*, overpriced, overcharg*, charged twice, double charged, hidden fee*, hidden
    charge*, too much, pricey, missed, missing, lost, lose*, losing, loss, never turned up, not
    turn up, no show, lack*, lacking, unable, can't, cannot, couldn't, could not, impossible,
    unreliable, unstable, drops, dropped, drop out*, cut off, cuts out, cutting out, disconnect*,
    crash*, freezes, freezing, buffering, misled, mislead*, misinform*, unprofessional*, ignored,
    ignore*, ignoring, passed around, pushed around, passed from, messed about, pillar to post,
    nobody, no one, noone, no reply, no response, no answer, no contact, no communication, no
    internet, no broadband, no signal, no service, no line, no apology, no explanation, no
    solution, no help, no idea, no notice, without internet, without broadband, without a phone,
    without service, without phone, without a line, not happy, not working, not work, doesn't
    work, does not work, didn't work, don't work, doesn't open, does not open, stopped working,
    not connected, not arrived, not received, not been, not delivered, did not come, didn't come,
    didn't turn up, did not turn up, never came, none came, hasn't arrived, yet to, had to call,
    had to ring, had to chase, having to chase, having to, chase*, chasing, several times, many
    times, four times, five times, three times, multiple times, numerous times, again and again,
    another department, other department*, wrong department*, different departments, transferred,
    transfer*, repeat*, promised a call*, not kept, broken promise*, expected better, expected
    more, fix this, please fix, sort it out, get it right, worse*, pointless, inconvenien*,
    inadequate*, inefficient*, disorgani*, struggl*, unfair*, unclear, misleading, vague, buggy,
    bug*, timed out, logged out, logs me out, expired, vanished, closed without, went up, go up,
    goes up, price increase*, increases, leaving, left in the, regret*, concern*, worr*, fed up,
    sick of, tired of, nothing works, nothing happened, nothing done, nothing but problem*,
    nothing but trouble, inaccurate*, incorrect*, dissatisfaction, uncertain*, trouble*,
    unanswered, unresolved, untrained, unwanted, refus*, reject*, reluctant*, clueless, careless,
    queue*, forty minutes, fifty minutes, hours on, an hour, spreadsheet, nobody owns, three
    different answers, told the whole story, cut me off, hung up, conflicting, contradict*
-1: however, unfortunately, sadly, still, yet, until, unless, instead, never, sorry, apolog*,
    refund*, repair*, replace*, old, outdated, limited, average, mediocre, ok but, only, pop-ups,
    weeks later, months later, weeks, months, month, twice, hours, chased, told, promised,
    supposed, should have, should be, could be better, could improve, needs improvement, need to
    improve, room for improvement, to improve, fee*, costs, another, tried, try, kept waiting,
    ended up, gave up, why do, why does, why is, nothing, none, offline, drop, two days late, days
    late, for ages
""",
    "de": """
 3: ausgezeichnet*, hervorragend*, perfekt*, großartig*, fantastisch*, exzellent*, wunderbar*,
    begeistert*, spitze, spitzenmäßig, super, klasse, top, erstklassig*, bestens, genial*, liebe
 2: gut, gute*, sehr gut*, freundlich*, schnell*, hilfsbereit*, nett*, zufrieden*, kompetent*,
    zuverlässig*, pünktlich*, einfach, problemlos*, reibungslos*, unkompliziert*, danke*, dank,
    empfehle*, empfehlens*, empfehlung, höflich*, stabil*, fair*, ehrlich*, übersichtlich*,
    angenehm*, hilfreich*, günstig*, prompt*, kein problem, keine probleme, ohne probleme, toll*,
    prima, lob, loben, gerne wieder, professionell*, zügig*, lohnt, bequem*, verständlich*,
    versteht, glücklich, gefällt, freue*, vorbildlich*, besser*, beste
 1: ok, okay, in ordnung, gelöst, geklärt, funktioniert, klappt, endlich, passt, solide, klar,
    verbessert
-3: katastroph*, furchtbar*, schrecklich*, unverschämt*, frechheit, abzocke*, betrug*, betrüg*,
    miserabel*, grauenhaft*, unterirdisch*, unmöglich*, schlimmste*, nie wieder, unakzeptabel,
    inakzeptabel*, saftladen, lächerlich*, gelogen, lügen, horror, albtraum, zumutung, skandal*
-2: schlecht*, langsam*, unfreundlich*, enttäusch*, ärger*, verärgert*, unzufrieden*,
    unzuverlässig*, problem*, fehler*, falsch*, defekt*, kaputt*, störung*, stört, ausfall*,
    ausgefallen, verspät*, verzöger*, warte, warten, wartezeit*, gewartet, wartete, warteschleife,
    teuer*, überteuert, zu teuer, beschwer*, reklam*, kompliziert*, unverständlich*, verwirr*,
    umständlich*, unklar*, kündig*, gekündigt, niemand, keiner, keine antwort, keine rückmeldung,
    keine hilfe, kein internet, kein empfang, kein netz, kein anschluss, funktioniert nicht,
    klappt nicht, geht nicht, nicht erreichbar, nicht erreicht, nicht gekommen, abgebrochen,
    bricht ab, stürzt ab, abgestürzt, abstürz*, verloren, versprochen, unprofessionell*,
    inkompetent*, doppelt abgebucht, doppelt berechnet, mangelhaft*, leider, schade, nervt,
    nervig*, frustrier*, mühsam*, dreimal, viermal, mehrfach, immer wieder, nichts passiert,
    unfähig*, gescheitert, hotline überlastet, ignorier*
-1: trotzdem, nie, nichts, wochen, monate, erst, noch immer, immer noch, könnte besser,
    verbesserungswürdig, seit wochen
""",
    "fr": """
 3: excellent*, parfait*, formidable*, fantastique*, merveilleu*, génial*, impeccable*,
    exceptionnel*, au top, superbe*, adore, ravi*, magnifique*, irréprochable*, bravo
 2: bon, bonne, bons, bonnes, bien, très bien, rapide*, efficace*, aimable*, gentil*,
    sympathique*, sympa, agréable*, content*, satisfait*, merci, facile*, facilement, simple*,
    clair, claire, fiable*, professionnel*, compétent*, recommande*, ponctuel*, à l'heure, poli*,
    courtois*, à l'écoute, réactif*, réactive*, sans problème, aucun problème, pratique*, utile*,
    honnête*, heureu*, stable*, meilleur*, plaisir, serviable*, disponible*, attentionné*,
    chaleureu*, avantageu*, accueillant*
 1: correct*, ok, enfin, résolu*, réglé*, fonctionne, marche, convenable*, amélior*
-3: horrible*, catastroph*, nul, nulle, nuls, honte*, scandal*, arnaque*, inadmissible*,
    inacceptable*, lamentable*, désastr*, exécrable*, pire*, affreu*, voleur*, mensong*, menti*,
    fuyez, à fuir, cauchemar*, déplorable*, incompétent*, minable*
-2: mauvais*, lent, lente*, lenteur*, déçu*, décev*, déception, problème*, panne*, erreur*,
    faute*, faux, attente*, attendre, attends, attendu, attendons, retard*, cher, chère, chers,
    trop cher, impoli*, désagréable*, compliqué*, difficile*, incompréhensible*, confus*, énerv*,
    frustr*, mécontent*, insatisf*, insatisfait*, personne ne, aucune réponse, aucune aide, aucun
    retour, sans réponse, pas de réponse, pas de réseau, ne marche pas, ne fonctionne pas, ne
    répond, coupure*, coupé, coupée, perdu*, répéter, répété, réclam*, plainte*, résili*, annul*,
    expiré*, injoignable*, bug*, plante, double prélèvement, prélevé deux fois, facturé deux fois,
    surfactur*, dommage, malheureusement, impossible*, mal, insupportable*, inutile*, jamais,
    galère*, abus*
-1: toujours pas, mais, encore, rien, dû, à chaque appel, semaines, moyen, moyenne, bof
""",
    "es": """
 3: excelente*, perfecto, perfecta, perfectamente, fantástic*, increíble*, maravill*, estupend*,
    genial*, magnífic*, encanta, encantad*, inmejorable*, espectacular*, de maravilla, de diez
 2: bueno, buena, buenos, buenas, buen, bien, muy bien, rápid*, amable*, amabilidad, eficiente*,
    eficaz*, fácil*, sencill*, clar*, content*, satisfech*, gracias, recomiend*, recomendable*,
    puntual*, profesional*, útil*, agradable*, simpátic*, atent*, fiable*, estable*, sin
    problema*, ningún problema, cómod*, honest*, mejor, mejores, resuelve, feliz, felices,
    comprensible*, barat*, económic*, competente*, cordial*
 1: correcto, correcta, ok, por fin, resolv*, resuelt*, solucion*, funciona, cumple*, mejorado,
    aceptable*
-3: horrible*, pésim*, terrible*, fatal*, vergüenza*, vergonz*, estafa*, robo, ladron*,
    inaceptable*, desastre*, desastros*, lamentable*, peor, peores, asco, mentir*, mienten,
    nefast*, inútil*, pesadilla, incompetente*, engañ*
-2: mal, malo, mala, malos, malas, lent*, decepcion*, problema*, error*, fallo*, falla*, avería*,
    espera, esperando, esperar, esperé, retras*, tarde, caro, cara, caros, caras, carísim*,
    demasiado caro, complicad*, difícil*, confus*, queja*, reclam*, insatisfech*, descontent*,
    nadie, sin respuesta, sin solución, ninguna respuesta, ninguna solución, sin internet, sin
    señal, sin cobertura, no funciona, no funcionaba, no va, no coincide, no responde*, no
    contest*, no me ayud*, se cortó, cortó, corta, cortad*, cobraron dos veces, doble cobro,
    cobrado de más, cancel*, perdí, perdid*, repetir, grosero*, maleducad*, frustr*, molest*,
    enfadad*, imposible*, lástima, desgraciadamente, nunca, abus*, caduc*, incomprensible*, pagan
    menos
-1: todavía no, aún no, nada, semanas, regular, pero, otra vez
""",
    "it": """
 3: eccellent*, perfett*, fantastic*, ottim*, meraviglios*, splendid*, eccezional*, impeccabil*,
    straordinari*, adoro
 2: buon*, bene, benissimo, veloc*, rapid*, gentil*, cortes*, disponibil*, efficient*, facil*,
    semplic*, chiar*, content*, soddisfatt*, grazie, consiglio, consigliat*, puntual*,
    professional*, util*, piacevol*, simpatic*, affidabil*, stabil*, competent*, nessun problema,
    senza problemi, comod*, onest*, miglior*, felic*, complimenti, brav*
 1: ok, finalmente, risolt*, funziona, corrett*, accettabil*, va bene
-3: orribil*, pessim*, terribil*, vergogn*, truff*, ladri, inaccettabil*, disastr*, scandalos*,
    peggior*, schifo, incompetent*, incubo, assurd*
-2: male, cattiv*, lent*, delus*, deludent*, problem*, error*, guast*, attesa, aspett*, ritard*,
    caro, cara, cari, carissim*, costos*, complicat*, difficil*, confus*, reclam*, lament*,
    insoddisfatt*, nessuno, nessuna risposta, senza risposta, senza internet, senza linea, non
    funziona*, non risponde*, non va, cadut*, cade, interrott*, perso, persa, ripetere,
    maleducat*, scortes*, frustrat*, arrabbiat*, impossibil*, purtroppo, peccato, mai, disdett*,
    scadut*, incomprensibil*, addebitato due volte, doppio addebito, blocca, bloccat*, scarso,
    scarsa
-1: ancora, niente, settimane, ma, però, mediocre
""",
    "pt": """
 3: excelente*, perfeit*, fantástic*, ótim*, óptim*, maravilhos*, incrível, espetacular,
    impecável, adoro, excecional, excepcional, nota dez
 2: bom, boa, bons, boas, bem, muito bem, rápid*, simpátic*, amável, amáveis, eficiente*, eficaz*,
    fácil*, simples, clar*, content*, satisfeit*, obrigad*, recomendo, recomendável, pontual*,
    profissional*, útil, úteis, agradável, atencios*, fiável, estável, sem problema*, nenhum
    problema, honest*, melhor*, feliz, felizes, competente*, parabéns, prestativ*
 1: ok, finalmente, resolv*, funciona, corret*, aceitável
-3: horrível, péssim*, terrível, vergonha*, vergonhos*, burla*, roubo, ladrões, inaceitável,
    desastre*, lamentável, pior, piores, mentir*, pesadelo, incompetente*, ridícul*
-2: mal, mau, má, maus, más, lent*, dececion*, decepcion*, problema*, erro*, falha*, avaria*,
    espera, esperar, esperei, demora*, demorou, atras*, caro, cara, caros, caras, caríssim*,
    complicad*, difícil, confus*, queixa*, reclam*, insatisfeit*, ninguém, sem resposta, sem
    solução, sem internet, sem rede, não funciona*, não respond*, caiu, cai, cortad*, cobrado duas
    vezes, cobrada duas vezes, cobrança dupla, cancel*, perdi, perdid*, repetir, mal-educad*,
    frustr*, irritad*, impossível, infelizmente, nunca, expir*, incompreensível
-1: ainda não, nada, semanas, mas, regular
""",
    "nl": """
 3: uitstekend*, perfect*, fantastisch*, geweldig*, uitmuntend*, top, super, prachtig*,
    voortreffelijk*
 2: goed, goede, snel*, vriendelijk*, behulpzaam*, behulpzame, tevreden, makkelijk*, gemakkelijk*,
    eenvoudig*, duidelijk*, blij, bedankt, dank*, aanrader, aanbevel*, netjes, fijn*, prettig*,
    betrouwba*, stabiel*, stipt, op tijd, professioneel, professionele, correct*, handig*, geen
    probleem, geen problemen, zonder problemen, eerlijk*, beter, beste, prima, deskundig*, leuk,
    correcte, geduldig*, hulpvaardig*
 1: ok, oké, eindelijk, opgelost, werkt, redelijk, acceptabel
-3: verschrikkelijk*, vreselijk*, belachelijk*, schandalig*, schande, oplicht*, onacceptabel*,
    ramp, rampzalig*, waardeloos, waardeloze, slechtste, nooit meer, gelogen, nachtmerrie, drama,
    dramatisch*
-2: slecht*, traag*, trage, langzaam*, teleurgesteld*, teleurstellend*, probleem, problemen,
    fout*, storing*, kapot, wachten, wachttijd, gewacht, wacht, vertraging*, te laat, duur*, te
    duur, ingewikkeld*, moeilijk*, verwarrend*, onduidelijk*, klacht*, ontevreden, niemand, geen
    antwoord, geen reactie, geen internet, geen verbinding, geen bereik, werkt niet, doet het
    niet, niet bereikbaar, valt weg, viel weg, verbroken, verloren, herhalen, onbeschoft*,
    onvriendelijk*, gefrustreerd*, frustr*, boos, onmogelijk*, helaas, jammer, opgezegd, verlopen,
    onbegrijpelijk*, dubbel afgeschreven, dubbel betaald, van het kastje, hangt, crasht,
    vastgelopen
-1: nog steeds, nooit, niets, weken, matig, maar
""",
    "pl": """
 3: doskonał*, świetn*, fantastyczn*, rewelac*, wspaniał*, znakomit*, idealn*, super, perfekcyjn*,
    cudown*, polecam gorąco, wyśmienit*, bez zarzutu
 2: dobr*, dobrze, szybk*, mił*, uprzejm*, pomocn*, sprawn*, sprawnie, łatw*, prost*, jasn*,
    zadowolon*, dziękuj*, polecam, punktualn*, profesjonaln*, przyjazn*, przyjemn*, stabiln*,
    niezawodn*, kompetentn*, bez problem*, żadnych problemów, uczciw*, lepsz*, najlepsz*,
    czyteln*, wygodn*, sympatyczn*, brawo, jak obiecano
 1: ok, wreszcie, w końcu, rozwiązan*, działa, poprawn*, w porządku, naprawion*
-3: okropn*, fataln*, tragiczn*, straszn*, skandal*, oszust*, oszuka*, złodziej*, żenad*,
    żenując*, koszmar*, beznadziejn*, najgorsz*, dramat*, niedopuszczaln*, kłam*, wstyd, dno,
    masakra
-2: zły, zła, złe, źle, woln*, powoln*, rozczarow*, zawied*, zawiod*, problem*, błęd*, błąd,
    awari*, czeka*, czekam, oczekiwan*, opóźn*, spóźni*, drog*, za drogo, drożej, skomplikowan*,
    trudn*, niejasn*, niezrozumiał*, skarg*, reklamacj*, niezadowolon*, nikt, brak odpowiedzi, bez
    odpowiedzi, brak internetu, brak zasięgu, brak kontaktu, brak, nie działa*, nie odpowiad*, nie
    oddzwoni*, zawiesza*, rozłącz*, zrywa, zgubi*, powtarza*, nieuprzejm*, niemił*,
    niekompetentn*, frustruj*, denerwuj*, niemożliw*, niestety, szkoda, wygasł*, podwójnie,
    dwukrotnie pobran*, rezygnuj*, trzy razy, przełącza*, zepsut*
-1: nadal, nigdy, nic, tygodni, ale, ciągle
""",
    "ar": """
 3: ممتاز*, رائع*, مذهل*, مثالي*, الأفضل
 2: جيد*, سريع*, سهل*, شكرا*, شكراً, راض*, سعيد*, مفيد*, لطيف*, محترم*, محترف*, واضح*, حُلّت, حلت,
    تم حل, أنصح, مريح*, ودود*, بسرعة, بسهولة, متعاون*
-3: سيئ جدا, فظيع*, أسوأ, احتيال, سرقة, كارثة, مخز*
-2: سيئ*, سيء*, بطيء*, بطيئ*, غالي*, غالٍ, مشكلة, مشاكل, انتظر*, تأخير*, تأخر*, انقطع*, انقطاع*,
    ينقطع, خطأ, أخطاء, غير صحيح*, غير مفهوم*, غير واضح*, غير راض*, لم يتصل, لم يرد, لم يحل, لا
    يعمل, لا تعمل, لا أحد, معقد*, صعب*, محبط*, للأسف, شكوى, بدون رد, ضعيف*, مرتين
""",
    "ja": """
 3: 最高, 素晴らし, 完璧, 大満足, 感動
 2: 良い, 良かった, よかった, 親切, 丁寧, 早くて, 速くて, 助かりました, 助かって,
    使いやすい, 分かりやすい, わかりやすい, 安定して, 満足, ありがとう, 便利, 快適,
    嬉しい, うれしい, 問題なく, 問題ありません, すぐに解決, おすすめ, 簡単, スムーズ,
    好き
-3: 最悪, ひどい, 酷い, 詐欺, 二度と, 許せない, 論外
-2: 悪い, 悪かった, 遅い, 遅く, 遅すぎ, 使いにく, 分かりにく, わかりにく, 不満,
    不便, 不安定, 不親切, 不安, 残念, 困って, 困りました, つながらない, 繋がらない,
    つながりません, 繋がりません, できません, 動かない, 動きません, 直りません,
    待たされ, させられ, 何度も, 間違, 高すぎ, 高い, エラー, 故障, 対応してくれ,
    返事がな, 連絡がな, 失礼, 怒り, 解約, がっかり, 満足できな, 終わりません,
    切れる, 切れて, 面倒
""",
}  # fmt: skip

NEGATIONS = {
    "en": "not no never without hardly barely neither nor nothing isn't wasn't aren't weren't "
    "don't doesn't didn't won't wouldn't haven't hasn't hadn't cant dont didnt isnt wasnt "
    "doesnt wont",
    "de": "nicht kein keine keinen keiner keinem nie niemals ohne kaum weder",
    "fr": "pas ne n jamais aucun aucune sans ni guère peu",
    "es": "no nunca sin ni jamás ningún ninguna tampoco",
    "it": "non mai senza né nessun nessuna",
    "pt": "não nunca sem nem nenhum nenhuma",
    "nl": "niet geen nooit zonder nauwelijks",
    "pl": "nie nigdy bez ani żaden żadna żadnego",
    "ar": "لا لم ليس ليست غير لن ما بدون",
    "ja": "",
}
BOOSTERS = {
    "en": {"very": 1.3, "really": 1.3, "extremely": 1.5, "so": 1.2, "absolutely": 1.4,
           "totally": 1.3, "completely": 1.3, "incredibly": 1.5, "too": 1.2,
           "such": 1.2, "most": 1.2, "quite": 0.9, "exceptionally": 1.5, "especially": 1.2,
           "highly": 1.3, "fairly": 0.8, "somewhat": 0.7, "slightly": 0.6, "bit": 0.7,
           "rather": 0.9},
    "de": {"sehr": 1.3, "extrem": 1.5, "wirklich": 1.3, "total": 1.3, "absolut": 1.4,
           "äußerst": 1.5, "überhaupt": 1.3, "etwas": 0.7, "ziemlich": 1.1, "ganz": 0.9},
    "fr": {"très": 1.3, "vraiment": 1.3, "extrêmement": 1.5, "trop": 1.2, "tellement": 1.3,
           "assez": 0.8, "plutôt": 0.8},
    "es": {"muy": 1.3, "realmente": 1.3, "demasiado": 1.2, "super": 1.3, "bastante": 1.1,
           "algo": 0.7},
    "it": {"molto": 1.3, "davvero": 1.3, "troppo": 1.2, "estremamente": 1.5, "abbastanza": 0.8},
    "pt": {"muito": 1.3, "realmente": 1.3, "demasiado": 1.2, "extremamente": 1.5, "bastante": 1.1},
    "nl": {"zeer": 1.3, "heel": 1.3, "erg": 1.3, "echt": 1.3, "enorm": 1.4, "te": 1.2, "vrij": 0.8},
    "pl": {"bardzo": 1.3, "naprawdę": 1.3, "niezwykle": 1.5, "strasznie": 1.3, "dość": 0.8},
    "ar": {"جدا": 1.3, "جداً": 1.3}, "ja": {},
}  # fmt: skip
CONTRAST = {
    "en": "but however although though", "de": "aber jedoch leider doch", "fr": "mais cependant",
    "es": "pero sin embargo", "it": "ma però tuttavia", "pt": "mas porém contudo",
    "nl": "maar echter", "pl": "ale jednak lecz", "ar": "لكن ولكن", "ja": "",
}  # fmt: skip
SIGNS = {  # in every language
    2.0: _signs("😊 🙂 😀 😃 😄 😁 😍 🥰 👍 🎉 ❤ ♥ 💯 👏 🙏 ⭐ 🌟 :) :-) :D :-D ;) =) <3 ^^"),
    -2.0: _signs("😡 🤬 😠 👎 😞 😢 😭 😤 🙁 ☹ 💩 😒 😔 🤦 😩 :( :-( :'( :/ >:("),
}
