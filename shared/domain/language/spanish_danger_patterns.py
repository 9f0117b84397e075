"""Patterns of danger in Spanish, by kind. They run over `text.words` without accents.

As in English, a figure of speech is left out (`me muero de risa`) and a danger that may be past counts as one.
"""

from shared.domain.language.phrasing import one_of

_PARTS = {
    "kin": r"esposo|esposa|marido|mujer|novio|novia|hijo|hija|hijos|hijas|hijito|hijita|mama|papa|madre|padre"
    r"|abuelo|abuela|abuelito|abuelita|hermano|hermana|tio|tia|primo|prima"
    r"|sobrino|sobrina|nieto|nieta|nino|nina|ninos|ninas|bebe|suegro|suegra|yerno|padrastro|madrastra|vecino"
    r"|vecina|amigo|amiga|pareja|ex|senor|senora|cunado|cunada|companero|companera|muchacho|muchacha|joven|viejito"
    r"|viejita|jefe",
    "arma": r"pistolas?|armas?|cuchillos?|rifles?|escopetas?|machetes?|navajas?|bombas?|metralletas?|fusil"
    r"|explosivos?|cuete|granada",
    "self": r"matarme|suicidarme|morirme|quitarme la vida|acabar con mi vida|acabar con todo|terminar con (?:mi vida"
    r"|todo)|desaparecer|lastimarme|cortarme|hacerme dano|colgarme|ahorcarme|tirarme|aventarme|lanzarme"
    r"|dejar de vivir|irme de este mundo|envenenarme",
    "hit": r"pega|pego|pegan|pegaba|pegando|pegado|golpea|golpeo|golpean|golpeaba|golpeando|golpeado|maltrata"
    r"|maltrato|maltratando|abusa|abuso|abusando|amenaza|amenazo|amenazando|amenazado|viola|violo|violando"
    r"|ahorca|ahorco|ahorcando"
    r"|patea|pateo|pateando|cachetea|cacheteo|estrangula|estrangulo|empuja|empujo|lastima|lastimo|lastimando|quema"
    r"|quemo|encierra|encerro|encerrado|corre a golpes|azota|azoto|jalonea|persigue|acosa",
}

DESPAIR = one_of(
    r"""
    me he (?:querido|intentado|tratado de) (?:\w+ )?(?:ahorcar|colgar|matar|quitar la vida|suicidar\
        |aventar|cortar las venas)
    (?:quisiera|quiero) desaparecer (?:para siempre|de (?:este|todo)|y (?:ya )?no)
    (?:quiero|quisiera|queria|voy a|pienso|pensando en|pensado en|ganas de|pense en|trate de|intente\
        |quiere|deseo|decidi|planeo|he pensado|prefiero|preferiria) (?:\w+ ){0,2}?(?:<self>)
    me (?:quiero|quisiera|voy a|quisiera|dan ganas de) (?:\w+ )?(?:matar|morir|suicidar|quitar la vida\
        |ahorcar|colgar|aventar|tirar de|lastimar|cortar (?:las venas|la muneca|los brazos))(?! de (?:risa|pena\
        |verguenza|hambre|sueno|calor|frio|la (?:risa|pena|verguenza)))
    (?:quiero|quisiera|prefiero|deseo|ojala|mejor) (?:estar )?(?:morir|morirme|muerto|muerta\
        |estar muert[oa]|no existir|no despertar|me muriera|no despertara|dejar de existir)(?! de (?:risa|pena\
        |verguenza|hambre|la))
    mejor muert[oa]
    (?:esta noche|hoy|manana|este fin de semana|ya|hoy mismo|voy y) (?:voy a )?(?:termin[oae]r?|acab[oae]r?) con \
        (?:todo(?: esto)?|mi vida|esto de una vez)(?! (?:el|la|los|las|lo)\b)
    no (?:le |les )?(?:veo|encuentro|hallo|tiene|hay) (?:el |ningun )?(?:sentido|razon|motivo) (?:a|para|de|en)? ?\
        (?:seguir|vivir|la vida|levantarme|despertar\w*|estar vivo|estar viva)
    quiero morir
    (?:ya )?no (?:quiero|deseo|tengo ganas de|aguanto|soporto|puedo|tengo fuerzas para\
        |hay razon para|quisiera) (?:\w+ ){0,2}?(?:vivir|seguir viviendo|seguir adelante|seguir asi|despertar\
        |existir|estar aqui|la vida|esta vida|vivir asi)(?! (?:en|lejos|cerca|por|con el|aqui en))
    ya no (?:puedo|aguanto|doy)(?: mas)?$
    no (?:aguanto|puedo|soporto) mas(?! (?:este|el|la|esta|con (?:este|el|la)|tiempo|de) (?:calor|frio\
        |trafico|ruido|dolor de|tos|tarea))
    (?:no|para que|que caso) (?:tiene|le encuentro|le veo|veo) (?:caso|sentido|chiste)? ?(?:vivir|la vida\
        |seguir|a la vida|nada)
    para que (?:vivir|seguir viviendo|vivo)
    suicid(?:ar\w*|io|ios|a|o)
    quit(?:arse|arme|o|ar) la vida
    estari?an? mejor sin mi
    seria mejor si (?:yo )?(?:no existiera|me muriera|no estuviera|me fuera)
    nadie me (?:va a )?extran\w+
    soy una carga
    no valgo nada
    no vale la pena (?:vivir|seguir|la vida)
    (?:cansad[oa]|hart[oa]) de (?:vivir|la vida|todo|esta vida|estar viv[oa])
    me canse de (?:vivir|todo|la vida|luchar)
    (?:tome|trague|tomado|tragado|tomo|trago) (?:\w+ ){0,4}(?:pastillas|veneno|cloro|pildoras|frasco\
        |medicinas|raticida|medicamentos)
    despedirme (?:de todos|para siempre|de ustedes)
    esta es mi despedida
    adios para siempre
    me (?:corte|estoy cortando|corto) (?:las venas|los brazos|las munecas|a proposito)
    me hago dano
    (?:se quiere|quiere|intento|trata de|piensa|dice que se va a|se va a) (?:matar(?:se)?|suicidar(?:se)?\
        |morir(?:se)?|quitarse la vida|ahorcar(?:se)?|colgar(?:se)?|aventar(?:se)?)(?! de)
    dios (?:ya )?(?:me lleve|llevame)
    que dios me (?:lleve|recoja)
    """,
    _PARTS,
)
AT_HOME = one_of(
    r"""
    amenaz(?:a|o|aba|ando|ado) con (?:matar(?:me|nos|la|lo|los|las)?|golpear\w*|pegar\w*|quemar\w*|cortar\w*)
    (?:<kin>|el|ella|alguien|siempre|ya|que) (?:\w+ ){0,5}?(?:me|nos|le|la|lo\
        |los|las) (?:\w+ ){0,2}?(?:<hit>)(?! (?:el (?:sol|aire|viento)|mucho el sol|bien|la idea|de (?:risa)\
        |un abrazo|la (?:luz|pelota)|en el (?:juego|futbol)|a la (?:pelota|puerta)))
    (?:me|nos) (?:esta|estan|estuvo|sigue|anda|ha|han) (?:<hit>)
    (?:me|nos) (?:pega|golpea|maltrata|amenaza|viola|ahorca|patea|cachetea|encierra|amenazo|golpeo|violo\
        |violaron|golpearon|pegaron|asaltaron|apunalaron|dispararon|secuestraron)(?! (?:el (?:sol|aire|viento\
        |frio)|mucho|bien|la idea|en la (?:cabeza|puerta) con|la (?:luz|gripa)|un abrazo))
    (?:me|nos|la|lo|los) (?:va a|quiere|quiso|puede|trato de|intento|quieren|van a) (?:\w+ )?(?:matar\
        |golpear|pegar|lastimar|ahorcar|violar|quemar|hacer dano|secuestrar)
    dice que me (?:mata|va a)
    si (?:me voy|lo dejo|digo algo|hablo) me (?:mata|pega|golpea)
    (?:le )?tengo (?:mucho )?miedo (?:de|a|que|por) (?:el$|mi (?:<kin>)|mi vida|ella$|que me|que nos\
        |volver|regresar|ir a (?:mi )?casa|estar en mi casa|lo que|los golpes|mis hijos)
    (?:estoy|estamos) (?:escondid[oa]s?|encerrad[oa]s?|en peligro)
    no me deja (?:salir|ir|irme|hablar|ver|usar|comer|trabajar)(?! (?:temprano|el jefe))
    violencia (?:domestica|en (?:la|mi) casa|familiar|intrafamiliar)
    abuso sexual
    abusan? (?:sexualmente )?de (?:mi|ella|el|la nina|mi hij[oa]|los ninos)
    abuso de (?:mi|ella|la nina|mi hij[oa])
    (?:tio|padrastro|papa|abuelo|primo|hermano|maestro|vecino|jefe|el) (?:\w+ )?me (?:toca|manosea|tocaba\
        |toco)(?! (?:ir|trabajar|cantar|leer|hacer|el|la|un|una|mi turno|manana|llevar))
    me obliga a (?:tener|hacer|acostarme|tocar)
    (?:me|la|lo|nos) (?:tiene|tienen) (?:encerrad[oa]s?|amenazad[oa]s?|secuestrad[oa]s?|amarrad[oa]s?\
        |golpead[oa]s?)
    (?:llega|viene|anda|esta) (?:\w+ )?(?:borracho|tomado) y (?:\w+ )?(?:me|nos|le|la) \w+
    (?:moretones|marcas|golpes) (?:\w+ ){0,4}(?:brazos?|cara|cuerpo|espalda|me)
    me (?:avento|tiro|estrello|jalo|agarro|arrastro) (?:\w+ ){0,3}(?:pared|piso|suelo|pelo|cuello\
        |escaleras|cabellos)
    """,
    _PARTS,
)
MEDICAL = one_of(
    r"""
    no (?:esta )?(?:respira|respirando|puede respirar|puedo respirar|podia respirar|despierta|reacciona\
        |responde|se despierta|se mueve|contesta nada|tiene pulso|se levanta del|vuelve en si\
        |abre los ojos)(?! (?:los (?:correos|mensajes)|el telefono|la llamada|mis (?:llamadas|mensajes)\
        |a (?:mis|los)))
    (?:le|me) (?:cuesta|falta) (?:mucho )?(?:respirar|el aire)
    sin (?:pulso|respirar)
    se (?:me )?(?:desmayo|esta ahogando|ahogo|ahoga|atraganto|esta atragantando|desplomo|colapso\
        |desvanecio|desangra|esta desangrando|electrocuto|quemo|intoxico|enveneno|esta muriendo|nos muere\
        |me muere|esta asfixiando)(?! (?:la (?:comida|cena|carne|tortilla)|el (?:pastel|pan|arroz)|de (?:risa\
        |hambre|ganas)))
    se cayo (?:\w+ ){0,3}?(?:y|de (?:la|las|el|su)|del|desde|por las) (?!(?:la llamada|internet|sistema))
    se (?:golpeo|pego) (?:\w+ )?(?:en )?la cabeza
    (?:esta|estoy|se puso|se esta poniendo|quedo|anda|y esta) (?:\w+ )?(?:inconsciente|morad[oa]|azul\
        |sangrando|convulsionando|ahogandose|ahogando|desmayad[oa]|muriendose|tirad[oa] en el|vomitando sangre\
        |desangrandose|atrapad[oa]|delirando|agonizando)
    (?:le|me) (?:esta dando|dio|esta|va a dar|anda dando) (?:\w+ )?(?:infarto|ataque|derrame|convulsion\
        |convulsiones|paro|embolia)(?! (?:de (?:risa|nervios)|hace|el ano))
    (?:tiene|teniendo|tuvo) (?:un |una )?(?:infarto|derrame|convulsion(?:es)?|ataque al corazon\
        |paro cardiaco)(?! hace)
    (?:dolor|duele|presion|opresion) (?:\w+ ){0,3}?(?:el |en el |de )?pecho
    (?:no siente|se le durmio|tiene dormid[oa]|no puede mover) (?:\w+ ){0,3}(?:brazo|cara|lado|pierna\
        |cuerpo|piernas)
    se le (?:torcio|chueco|cayo|fue) (?:\w+ )?(?:la boca|la cara|de lado)
    (?:mucha|tanta|pierde|perdiendo|perdido|echando|vomitando|escupiendo|charco de\
        |llen[oa] de) (?:mucha )?sangre
    sangra(?:ndo)? (?:mucho|y|de|por|bastante)
    no (?:para|deja) de sangrar
    se (?:corto|arranco|trozo|machuco) (?:\w+ ){0,2}(?:dedos?|manos?|brazo|pierna|vena|munecas?)
    sobredosis
    se (?:tomo|trago|comio|bebio) (?:\w+ ){0,4}(?:pastillas|veneno|cloro|pildoras|frasco|medicinas\
        |raticida|medicamentos|pila|detergente)
    (?:se me |se le )?rompio (?:la )?(?:fuente|bolsa)
    (?:ya )?(?:viene|va a nacer|esta naciendo|ya nace) (?:el|la|mi) (?:bebe|nino|nina)
    esta dando a luz
    (?:una|la) ambulancia
    (?:es|tengo|tenemos|hay) una? emergencia(?! (?:de (?:agua)))
    emergencia medica
    llam(?:e|en|a|ame|ar) (?:al|a la|a una|a los) (?:911|nueve|ambulancia|policia|bomberos)
    ayud(?:enme|enos|eme)(?! (?:a|con|en|por favor (?:a|con)))
    ayudenme por favor$
    auxilio(?! (?:mutuo|espiritual))
    socorro(?:$| (?:por favor|ayuda))
    lo (?:atropello|atropellaron|mordio|picaron|pico)
    la (?:atropello|atropellaron|mordio|picaron)
    atropell\w+
    (?:le|me) (?:pico|mordio) (?:un|una) (?:\w+ )?(?:vibora|serpiente|alacran|aran\w+|abeja|avispa|perro)
    se (?:le )?(?:esta )?(?:cerrando|hinchando|hincho|cerro) (?:la )?(?:garganta|lengua|cara)
    (?:accidente|choque) (?:\w+ ){0,5}(?:herid\w+|atrapad\w+|ahorita|ahora mismo|afuera|sangr\w+)
    (?:se )?(?:cayo|hundio|metio) (?:\w+ )?(?:al|en (?:el|la)) (?:rio|alberca|piscina|lago|pozo|mar|agua)
    (?:se )?(?:ahogando|ahogo) en (?:el|la) (?:rio|alberca|piscina|lago)
    golpe de calor
    fiebre (?:de|muy) (?:4\d|cuarenta|alta)
    """,
    _PARTS,
)
FIRE_AND_GAS = one_of(
    r"""
    (?:se )?(?:esta|estan|esta todo|empezo a|comenzo a|anda) (?:\w+ )?(?:quemando|incendiando|ardiendo\
        |quemar|incendiar|prendido en)(?! (?:calorias|grasa|incienso|las palmas|palmas|discos\
        |por dentro de amor|de amor|de ganas))
    se (?:incendia|incendio|quema|quemo|prendio|incendiaba) (?:la|el|mi|una?|todo|toda|su) (?!comida|cena\
        |arroz|foco|carne|pan|tortilla)
    (?:hay|veo|tenemos|empezo|es|salio|vi|viene) (?:un |mucho |una |el |las )*(?:fuego|incendio|humo\
        |llamas|llamarada|lumbre|explosion)(?! (?:del|de dios|del espiritu|artificial|en mi corazon|santo))
    en llamas(?! de amor)
    (?:mucho|lleno de|sale|saliendo|negro|huele a|olor a|puro) humo
    (?:fuego|incendio|humo|lumbre) (?:en|adentro|saliendo|por) (?!mi corazon|mi alma|el corazon\
        |los corazones|nuestr)
    exploto
    explosion en
    (?:huele|olor|oler|peste|apesta|oliendo) (?:\w+ ){0,4}?(?:gas|quemado|humo|huevo podrido\
        |huevos podridos|cable quemado|gasolina|quimicos)
    (?:fuga|escape|tuberia) de gas
    (?:tanque|estufa|calentador|tubo|linea) (?:\w+ ){0,3}(?:tirando|fuga|escape|silba\w*|chifla\w*)
    monoxido
    (?:alarma|detector) (?:\w+ ){0,3}(?:humo|gas|sonando|pitando|incendio|suena)
    """,
    _PARTS,
)
ARMED = one_of(
    r"""
    (?:con|tiene|traen?|saco|lleva|carga|agarro|tenia|ensena|enseno|esconde|trae|andan? con|apunt\w+ con\
        |entro con|llego con|viene con) (?:una? |el |la |su |algo como )?(?:<arma>)(?! (?:de (?:agua|juguete|cocina\
        |plastico|silicon)|para (?:cortar|el pastel|la cocina|la carne)))
    (?:<arma>) (?:en (?:la mano|la iglesia|la escuela|su|el)|afuera|apuntando)
    disparos
    balazos
    balacera
    tiroteo (?:en|afuera|aqui|ahorita)
    (?:estan?|anda|empezo a|empezaron a) (?:disparando|tirando balazos|disparar|acuchillando|atacando\
        |apunalando|golpeando a)
    (?:le|les|me|nos) (?:dispar\w+|dieron un balazo|tiraron|apunt\w+)
    apunal\w+
    acuchill\w+
    (?:lo|la|los) (?:balearon|mataron|apunalaron|secuestraron)
    (?:me|nos|lo|la|le|los) (?:estan?|vienen?|anda|andan|estaban) (?:asaltando|robando|siguiendo\
        |persiguiendo|atacando|amenazando|secuestrando)
    (?:entraron|se metieron|se metio|quieren? (?:entrar|meterse)|quiere tumbar|estan? tumbando\
        |estan? rompiendo|trata de entrar) (?:\w+ ){0,3}(?:casa|puerta|ventana|cuarto|iglesia|departamento)
    (?:hay|esta|anda) (?:alguien|un (?:hombre|ladron|tipo|senor|intruso)\
        |unos hombres) (?:\w+ ){0,3}(?:casa|cuarto|patio|ventana|techo|encapuchad\w+)
    secuestr\w+
    rehen(?:es)?
    asalto(?! al corazon)
    (?:dijo|dice|dicen|escribio|mando|amenazo|quiere|jura|juro|texteo) (?:\w+ ){0,6}(?:matar(?:nos|los|las\
        |te|lo|la)?|quemar (?:la|el|todo)|poner una bomba|disparar|balacear|acabar con (?:todos|ustedes\
        |nosotros)|va a haber (?:muertos|sangre)|explotar)(?! el tiempo)
    (?:va a|van a) (?:matar (?:a|todos)|disparar|explotar|balacear|quemar la|matarl[oa]s?|matarnos)
    bomba (?:en|que|va)
    """,
    _PARTS,
)
MISSING = one_of(
    r"""
    (?:no (?:encuentro|encontramos|encuentran|hallo|hallamos|hemos encontrado|podemos encontrar\
        |puedo encontrar|aparece|aparecio|ha aparecido|sabemos (?:donde esta|nada de)|se (?:donde esta\
        |nada de))) (?:\w+ ){0,3}?(?:<kin>|el nino|la nina)(?! (?:en (?:la lista|el directorio))|s? (?:acta\
        |fe))
    (?:<kin>) (?:\w+ ){0,8}?(?:no (?:aparece|aparecio|ha (?:regresado|vuelto|llegado|aparecido\
        |contestado desde)|regreso|volvio|llego (?:a (?:la )?casa|de la escuela|anoche|a dormir)|esta en (?:su\
        |la|ningun)|la encuentro|lo encuentro|los encuentro|la encontramos|lo encontramos)|desaparecio\
        |se perdio|anda perdid[oa]|esta perdid[oa]|se extravio|esta desaparecid[oa]|se (?:escapo|salio\
        |fue) (?:de (?:la )?(?:casa|su)|sol[oa]|y no|con un|anoche))
    (?:no la|no lo|no los) (?:encuentro|encontramos|hallo|hallamos|vemos|he visto desde|hemos visto desde\
        |veo desde|veo por ningun)
    (?:se|me|nos) (?:lo|la|los|las|robaron|llevaron) (?:llevaron|llevo|robaron|al|a la\
        |a mi) ?(?:un (?:hombre|desconocido|senor)|mi|nin[oa]|en un|su papa y no)?
    se llevaron a
    (?:desaparecio|se perdio|se me perdio|perdi a|se nos perdio|se extravio|robaron a\
        |secuestraron a) (?:mi|el|la|un|una|nuestr[oa]) (?:\w+ )?(?:<kin>)(?! (?:en la guerra|hace|el ano))
    (?:ya no esta|no estaba) (?:en (?:el patio|su cuarto|su cama|la casa))
    (?:nin[oa]|persona) (?:perdid[oa]|desaparecid[oa])
    (?:alzheimer|demencia|autismo|autista) (?:\w+ ){0,10}(?:salio|no (?:esta|aparece|la|lo)|perdi\w+|puerta)
    """,
    _PARTS,
)
THREAT = one_of(
    r"""
    (?:te|los|las|lo|la|les) voy a (?:\w+ )?(?:matar|disparar|golpear|quemar|apunalar|partir (?:la madre\
        |la cara)|romper la cara|volar)
    voy a (?:\w+ )?(?:matar(?:te|los|las|lo|la|nos)?|quemar(?:les)? (?:la|su|esa) iglesia\
        |poner(?:les)? una bomba|disparar(?:les|le)|balacear|golpear(?:te|lo|la|los)|apunalar)(?! el tiempo)
    (?:van a|vas a) (?:morir|pagar con)(?: todos)?
    se van a (?:arrepentir|morir)
    puse una bomba
    hay una bomba
    voy para alla con (?:una|mi)
    """,
    _PARTS,
)
ABUSE = one_of(
    r"""
    (?:eres|es usted|maldit[oa]|pinche) (?:un |una |bien |muy |pura )*(?:estupid[oa]|idiota|inutil|imbecil\
        |pendej[oa]|basura|mierda|tont[oa]|maquina|robot|burr[oa])
    vete (?:al (?:diablo|infierno|carajo)|a la (?:mierda|verga|chingada))
    chinga (?:tu|a tu) madre
    hij[oa] de (?:puta|la chingada)
    vayase al (?:diablo|infierno|carajo)
    callate(?: el hocico)?
    put[oa] madre que te
    """,
    _PARTS,
)
FIGURES_OF_SPEECH = one_of(
    r"""
    (?:me|nos|se) (?:muero|morimos|muere|estoy muriendo|moria|mori) de (?:\w+ )?(?:hambre|risa|ganas|sueno\
        |frio|calor|verguenza|pena|sed|nervios|curiosidad|cansancio|miedo|aburrimiento|amor)
    (?:me|nos) (?:mata|matan|esta matando|estan matando) (?:el|la|este|esta|los|las|de) \w+
    mat(?:ar|ando|o) (?:el tiempo|dos pajaros|el hambre|la curiosidad)
    muert[oa] de (?:hambre|risa|cansancio|frio|sueno|ganas)
    (?:fuego|llama) (?:del|de) (?:espiritu|dios|el senor|pentecostes|amor|senor)
    fuego santo
    fuegos artificiales
    prendid[oa]s? (?:en fuego )?por (?:dios|cristo|el senor)
    pistola de (?:agua|silicon|juguete)
    morirse de (?:risa|hambre)
    """,
)
