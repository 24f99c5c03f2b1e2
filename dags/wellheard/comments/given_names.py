"""First names that are no ordinary word, and those that are, in the languages Wellheard reads.

Written by hand from what is common, not taken from any person's records. A name in AMBIGUOUS counts
as one only with a surname behind it or a cue before it.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GIVEN = _words(
    """
    aaron abdul abdullah abigail adam adele adrian agata agnes agnieszka ahmad ahmed aidan aisha
    akira alan alastair albert alberto alejandra alejandro aleksandra alessandra alessandro
    alessia alex alexander alexandra alexandre alfie alfred ali alice alicia alina alison allison
    amal amanda amber amelia amelie amina amir amit amy ana anastasia anders andre andrea andreas
    andrei andrew andrzej andy angela angelika angelo anita anja anke ann anna annabel anne
    annette annie anthony antje antoine anton antonella antonia antonio antony anusha archie arjun
    arnaud arthur arun asha ashley aurelie ayesha barbara barry bartosz beata beate beatrice
    beatriz becky ben benedikt benjamin bernadette bernard bernd bernhard bethany bhavna birgit
    bjorn blanca bogdan boris brad bradley brandon brenda brendan brian bridget britta brittany
    bruno bryan callum cameron camila camille carina carl carla carlo carlos carol carole caroline
    carolyn carsten caterina catherine cathy cecilia cedric celine cesar chantal charles charlie
    chiara chloe chris christa christel christelle christina christine christoph christophe
    christopher cindy claire clara claude claudia claudio clement clive colin connor conor corinna
    corinne cristina cynthia dagmar damian damien dan daniel daniela daniele danielle danny daria
    dariusz darren dave david davide dawid deborah debbie deepak delphine denise dennis derek
    detlef devon dianne diana diane diego dieter dimitri dinesh dirk dominic dominik dominique
    dominika donald donna doris dorota dorothy duncan dylan eddie edith eduardo edward edyta
    eileen ekaterina elaine eleanor elena eleni eliza elizabeth elke ella ellen ellie elliot elsa
    emil emilia emilie emily emma emmanuel enrico enrique eric erica erik erika ernesto esteban
    estelle esther ethan eugene eva evelyn ewa ewan fabian fabien fabio fabrice farah fatima
    federica federico felicity felipe fernando filip fiona florian france francesca francesco
    francis francisco franck francois francoise frankie franz fraser freddie frederic frederik
    frederick friedrich gabriel gabriela gabriele gail gareth gary gavin gemma geoff geoffrey
    george georgina gerald gerard gerhard gianluca gilles giorgio giovanni gisela giulia giuseppe
    glenn gloria gordon graeme graham greg gregory grzegorz guillaume guillermo gunther gustavo
    guy hannah hans harald harriet harry harvey hassan hayley heather hector heidi heike heinz
    helen helena helene helga helmut hendrik henri henry henryk herbert hiroshi holger howard hugh
    hugo hussein ian ibrahim ida ignacio igor ilaria imran ines inga inge ingrid inna ioana irena
    irene isaac isabel isabella isabelle isla ivan ivana ivo jackie jacob jacek jacqueline jacques
    jaime jake jakub james jamie jana jane janet janina janusz jaroslaw jasmin jasmine jason
    javier jayne jean jeanette jeff jeffrey jennifer jenny jens jeremy jerome jerzy jesse jessica
    jill jim jimmy joan joana joanna joanne joao joaquin jochen joe joel joerg johan johann
    johanna johannes john johnny jolanta jon jonas jonathan jorge jose joseph josephine josh
    joshua joyce juan juana judith judy julia julian juliana julie julien juliet juliette jurgen
    justin justyna justine kamil karen karim karin karina karl karolina karsten kasia katarzyna
    kate katharina katherine kathleen kathrin kathryn kathy katie katja katrin kavita kayleigh
    keiko keith kelly ken kenji kenneth kerry kevin khalid kieran kim kirsten kirsty klaus konrad
    krishna kristin kristina krystyna krzysztof kumar kurt kyle lara laura lauren laurence laurent
    layla leah leanne leila lena leo leon leonard leonie lesley leslie lewis liam lidia lilly lina
    linda lindsay lisa lise logan lorena lorenzo lorna lorraine louis louisa louise luc luca lucas
    lucia luciana lucie lucy ludovic luigi luis luisa luke lukas lukasz lutz lydia lynn lynne
    maciej madeleine magda magdalena mahmoud maisie malcolm malgorzata manfred manuel manuela marc
    marcel marcin marco marcos marcus marek margaret margarita margot maria mariam marian mariana
    marie marilyn marina mario marion marius mariusz marjorie marko markus marta martha martin
    martina martine martyn maryam mary mateo mateusz mathias mathieu mathilde matteo matthew
    matthias matthieu maureen maurice maximilian meera megan mehmet meike melanie melissa mercedes
    michaela michael michal michel michele michelle miguel mike mikolaj mila milan miriam mitchell
    mohamed mohammad mohammed molly monica monika monique muhammad murat mustafa myriam nadia
    nadine nancy naomi natalia natalie natasha nathalie nathan neha neil nelson nicholas nicola
    nicolas nicole niall nigel nikita niklas nikolai nina noah noel noemi nora norbert norma
    norman nuria olaf oleg olga oliver olivia olivier omar oscar oskar otto owen pablo paloma
    pamela paola paolo pascal patrice patricia patricio patrick patrycja patryk paul paula paulina
    pauline pavel pawel pedro penelope penny peter petra phil philip philipp philippa philippe
    phillip pierre pilar piotr pooja priya przemyslaw quentin rachael rachel rafael rafal rahul
    raj rajesh ralf ralph ramon raquel rashid raul ravi raymond rebecca regina reinhard renata
    renate rene rhys ricardo richard rick ricky rita robert roberta roberto rodrigo roger roland
    rolf roman ronald ronan rosa rosalind rosemary ross roxane ruben rudolf rupert russell ruth
    ryan ryszard sabine sabrina sally salma salvador sam samantha samir samira samuel sandeep
    sandra sandrine sanjay sara sarah scott sean sebastian sebastien sergei sergio shane shannon
    sharon shaun sheila shirley shona sian siegfried silke silvia simon simone siobhan slawomir
    sofia sonia sonja sophia sophie stacey stanislaw stefan stefania stefanie stella stephan
    stephane stephanie stephen steve steven stuart sunil susan susana susanne suzanne svenja sven
    sylvia sylvie szymon takashi tamara tanja tania tanya tara teresa terry theo theresa therese
    thierry thomas thorsten tiffany tim timothy tina tobias toby todd tom tomas tomasz tony
    torsten tracey tracy trevor trish tyler udo ulrich ulrike ursula uwe valentina valerie vanessa
    vera veronica veronika veronique vicky victor viktor vincent vincenzo viola virginie vivek
    vladimir volker walter waltraud wanda wayne wendy werner wieslaw wilhelm william wojciech
    wolfgang xavier yann yannick yasmin yolanda yosef youssef yuki yuri yusuf yves yvette yvonne
    zahra zainab zbigniew zoe zofia zuzanna craig finlay ada emeka beatriz elif chidi oluwaseun
    wanjiru kofi sanna orla ciara greta jamila françois françoise stéphane stéphanie frédéric
    céline hélène andré rené léa chloé zoé éric aurélie jérôme cédric clément valérie véronique
    thérèse geneviève benoît gaëlle loïc josé maría sofía andrés raúl jesús ángel mónica verónica
    inés óscar iván martín joaquín sebastián nicolás lucía jürgen jörg günter günther björn sören
    käthe łukasz paweł rafał michał małgorzata stanisław jarosław władysław wiesław sławomir
    przemysław mikołaj joão antónio luís inês gonçalo
    """
)

AMBIGUOUS = _words(
    """
    jan april art august austin autumn bill blanche bob brook brooke buddy carmen chad charity
    charlotte chase chelsea christian clay cliff dale dallas dana dawn dean dolores dot drew earl
    eve faith faye felix fern flora florence ford frank gene georgia gill ginger glen grace grant
    guy harmony hazel heath holly hope hunter iris israel ivy jack jade jay jasper jo jordan joy
    june kay lance lane laurel lee liberty lily love madison marina mark marsha marvin mason max
    may melody mercedes miles nick norm olive paris parker pat patience paz pearl peg penny pierce
    poppy ray reed reid rich rob robin roma rose rosie ruby rusty sage sandy saul savannah sky
    skye sofie spencer stan sterling stone sue summer sunny sydney ted tommy trinity troy victoria
    violet virginia warren wade will willow woody wolf france kim ali jean miles
    """
)
