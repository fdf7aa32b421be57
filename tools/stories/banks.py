"""Phrases every plot may use. ``$X`` is whoever the bank is asked about."""

BANKS = {
    "happy": [
        "$X {smiled happily|grinned from ear to ear|laughed with joy|smiled and clapped}.",
        "$X was {so happy that $X.he danced in a circle|very happy|so happy}.",
        "$X {jumped for joy|hopped up and down|could not stop smiling|felt warm inside}.", "$X's eyes {shone|sparkled} with joy.",
        "$X felt as light as a feather.", "$X had never been so happy.", "$X let out a happy {shout|cheer|laugh}.",
    ],
    "sad": [
        "$X felt {very sad|so sad|sad and alone|terrible|like crying}.", "Tears filled $X's eyes.",
        "$X sat down and {sighed|began to cry|hung $X.his head}.",
        "$X's heart {sank|felt heavy}.", "A big tear rolled down $X's cheek.", "$X did not know what to do.", "$X's lip began to shake.",
    ],
    "scared": [
        "$X was {very |so |}{scared|afraid|frightened}.", "$X's heart {beat fast|pounded like a drum}.", "$X began to {shake|tremble}.",
        "$X's knees felt weak.", "$X wanted to run away.", "$X held $X.his breath.", "$X felt cold all over.",
    ],
    "think": [
        "$X {sat down|stood still} and thought {hard|for a while|about it}.", "Then $X had {an idea|a good idea|a clever idea|a wonderful idea}.",
        "$X thought and thought. Then $X.his eyes lit up.", "Suddenly, $X had an idea.", "$X looked around and thought of something.",
        "$X scratched $X.his head. Then $X.he smiled.",
    ],
    "brave": [
        "$X took a deep breath.", "$X closed $X.his eyes and counted to three.", "$X told $X.self to be brave.", '"I can do this," $X whispered.',
        "$X was still afraid, but $X.he did not stop.", '"I must try," said $X.',
    ],
    "giveup": [
        "$X wanted to give up.", '"It is too hard," {said|sighed} $X.', '"I will never do it," $X {said|cried|sighed}.', "But it did not work.",
        "$X was tired and cross.", '"This is no good," $X said.',
    ],
    "thank": [
        '"Thank you{| so much| very much|, thank you}," said $X.', '"You are {so |very |}kind," said $X. "Thank you."',
        '"How can I ever thank you?" asked $X.',
        "$X said thank you again and again.", '"I will never forget this," said $X.',
    ],
    "pet": [
        "$X {stayed close|came along|ran ahead|followed|watched everything}.", "$X was never far away.",
        "$X sat down and waited.", "$X looked up with bright eyes.", "$X sniffed the air.", "$X wanted to help too.",
    ],
    "petjoy": ["$X made a happy little sound.", "Even $X looked {happy|pleased|proud}.", "$X jumped around with joy.",
    "And $X was happy too.", "$X got a big hug."],
    "goodnight": [
        "That night, $X {fell asleep with a smile|slept very well|slept better than ever|dreamed of it all}.",
        "When the moon came up, $X was already fast asleep.",
        "$X went to bed {tired but happy|with a happy heart}.", "And when $X closed $X.his eyes that night, $X.he was still smiling.",
        "At bedtime, $X told the whole story again from the beginning.", "The stars came out one by one, and $X fell asleep.",
    ],
    "close": [
        "It was {the best day of all|a day to remember|a very good day|a wonderful day}.", "And $X never forgot that day.",
        "$X walked home with a {big|happy|proud} smile.",
        "From that day on, $X was {never sad for long|a little bit braver|a little bit wiser|happier than before}.",
        "$X could not wait for the next day.",
        "$X told everyone about it.", "And they all lived happily {ever after|together}.", "$X still smiles when $X.he thinks of it.",
        "$X was glad, and so was everyone else.",
        "And if you pass by, you may hear $X laughing.",
    ],
    "trait": [
        "$X was {kind and gentle|brave and clever|small but brave|always full of questions|a little shy|quick and clever|very "
        "curious|never in a hurry|always ready to help}.",
        "Everyone liked $X because $X.he was {kind|funny|so cheerful|always friendly|good to everyone}.",
        "$X had {big brown eyes|bright eyes|a warm smile|a loud laugh|a kind heart}.",
        "$X loved to {sing|dance|run|play outside|tell jokes|ask questions|look at the clouds|collect leaves|watch the stars|hum "
        "old songs|explore|make new friends}.",
        "More than anything, $X liked {sunny days|long walks|a good story|the smell of fresh bread|the sound of rain|quiet mornings}.",
        "Nobody could {laugh|run|whistle|sing} {as well as|like} $X.",
    ],
    "weather": [
        "The sun was {shining|warm|bright}{| and the birds were singing}.", "The sky was {blue|clear|blue and wide}.",
        "A soft wind {blew|moved the leaves}.",
        "It was {a cold day|a warm day|a windy day|a bright, clear day}.", "The air smelled of {flowers|grass|rain|apples|the sea}.",
        "White clouds sailed across the sky.",
        "The grass was {still wet|green and soft}.",
    ],
    "agree": ['"{Yes|Of course|Sure|Gladly}!" said $X.', "$X nodded{| at once}.", '"Good idea," said $X.', '"I would love to," said $X.',
    '"Let us do it!" cried $X.'],
    "sorry": [
        '"I am {so |very |}sorry," said $X.', '"I am sorry. I was wrong," $X said softly.', '"Please forgive me," said $X.',
        '$X looked at the ground. "I am sorry," $X.he said.', '"I should not have done that," said $X. "I am sorry."',
    ],
    "forgive": ['"It is all right," said $X.', '"I forgive you," said $X with a smile.',
    '$X {gave a smile|smiled}. "Thank you for saying that."', '"I am glad you told me," said $X.',
                "$X opened $X.his arms for a hug."],
    "ask": ['"What is {wrong|the matter}?" asked $X.', '"Why are you so sad?" asked $X.', '"Can I help you?" asked $X.',
    '"Are you all right?" asked $X.', '"Why do you look so sad?" $X asked.'],
}

WHEN = "{One day|One morning|One sunny day|One afternoon|One warm day|One fine day|One spring morning|One autumn day|One evening|One quiet afternoon}"
DAY = "{sunny|warm|cold|windy|rainy|foggy|bright|quiet|lovely|gray|snowy} {day|morning|afternoon}"

OPENINGS = {
    # who and where, no scene yet
    "intro": [
        "Once upon a time, there was $A.a {named|called} $A. {$A.He lived $A.home.|} {@trait:A|}",
        "Once upon a time, {$A.a named $A lived $A.home|there lived $A.a named $A}. @trait:A",
        "There {was once|once was} $A.a {named|called} $A. {$A.He lived $A.home.|@trait:A}",
        "Long ago, $A.a {named|called} $A lived $A.home. {@trait:A|}",
        "$A.full lived $A.home. @trait:A",
        "$A.A named $A lived $A.home. {@trait:A|}",
        "In a {quiet|little|green} valley, there lived $A.a named $A. {@trait:A|}",
        "Not so long ago, there was $A.a named $A. {$A.He lived $A.home.|@trait:A}",
        "$A was $A.a. $A.He lived $A.home. {@trait:A|}",
        "Once there was $A.a {named|called} $A who lived $A.home. {@trait:A|}",
        "In a {land|village|forest} far away, there lived $A.a named $A. @trait:A",
        "Do you know $A? $A.He was $A.a who lived $A.home. {@trait:A|}",
        "This is the story of $A.a named $A. $A.He lived $A.home.",
        "Once upon a time, far away, there was $A.a. $A.His name was $A. {@trait:A|}",
        "There was $A.a who lived $A.home. $A.His name was $A. {@trait:A|}",
    ],
    "habit": [
        "Every {morning|day|afternoon|evening}, {$A.a named $A|$A.full} {went|walked|ran} $place.to. {@trait:A|}",
        "$A.full loved the $place {more than any other place|very much|best of all}. $A.He went there {every day|whenever $A.he "
        "could|as often as $A.he could}.",
        "$A was $A.a with a {big|happy|kind|warm} heart. {@trait:A|} $A.He often {played|sat|walked} $place.at.",
        "Near the $place lived $A.a named $A. @trait:A",
    ],
    # who and where and it is the day
    "scene": [
        "One day, $A.a named $A {went|walked|ran} $place.to. {@weather:A|}",
        WHEN + ", {$A.full|$A.a named $A} {went|walked|hurried} $place.to. {@weather:A|}",
        "It was a " + DAY + ", and {$A.full|$A.a named $A} was {alone|sitting|playing|walking} $place.at.",
        "On a " + DAY + ", $A.a named $A {went|walked} $place.to. {@trait:A|}",
        "$A.full {went|walked} $place.to {one day|one morning|early in the morning|after breakfast|after lunch}. @weather:A",
        "$A.full was {walking|playing|sitting|resting} $place.at. {@weather:A|}",
        '"What a {lovely|beautiful|fine|wonderful} day!" said $A.full. $A.He {ran|walked|went} $place.to. {@weather:A|}',
        '"Good morning, $place!" {called|said} $A. $A.He was $A.a, and $A.he {loved to talk to everything|was in a very good mood}.',
        "The $A.little {named $A|called $A} {went|walked} $place.to. {@weather:A|}",
        "Early one morning, $A.full woke up and {looked out of the window|stretched|yawned}. {@weather:A|} Soon $A.he was on $A.his way $place.to.",
    ],
    "friends": [
        "$A.full and $B.full were {best|good|old} friends. They {did everything together|played together every day|lived next to "
        "each other|had known each other forever}.",
        "Once upon a time, there were two friends, $A.full and $B.full. They {did everything together|liked to play $place.at|were never apart}.",
        "Once upon a time, $A.a named $A had a friend named $B. $B was $B.a. They {played together every day|were never apart}.",
        "There were once two friends named $A and $B. $A was $A.a, and $B was $B.a.",
        "$A had a best friend {named|called} $B. $A was $A.a, and $B was $B.a.",
        "$A.full had one very good friend, $B.full. They met {every day|every morning|each afternoon} $place.at.",
    ],
    "pairscene": [
        WHEN + ", $A.full and $B.full {went|walked|ran} $place.to. {@weather:A|}",
        "$A.full and $B.full {went|walked|ran} $place.to{| together}. {@weather:A|}",
        "$A.full and $A.his friend $B.full {went|walked} $place.to. {@weather:A|}",
        "It was a " + DAY + ". $A.full and $B.full were {playing|sitting|walking} $place.at.",
        "On a " + DAY + ", $A.full and $B.full {met|played|were} $place.at. They were {best|good|old} friends.",
        "Once upon a time, $A.full and $B.full {went|walked} $place.to. They were {best|good} friends.",
        '"Come with me!" $A.full {called|shouted} to $A.his friend $B.full. Together they {ran|went} $place.to.',
    ],
    "petscene": [
        "$A and $A.his $C.kind {went|walked|ran} $place.to{| together| one day| one morning}. {@weather:A|}",
        WHEN + ", $A and $A.his {little |old |}$C.kind {went|walked} $place.to. {@weather:A|}",
        "One day, $A.a named $A went $place.to with $A.his $C.kind. {@weather:A|}",
        "It was a " + DAY + ". $A and $A.his $C.kind were {playing|walking|sitting} $place.at.",
        "Once upon a time, $A.a named $A and $A.his $C.kind {went|walked} $place.to. {@weather:A|}",
        "$A took $A.his $C.kind $place.to. {@weather:A|}",
    ],
    "pethabit": [
        "$A was $A.a who had a $C.kind. They {went everywhere together|were never apart}. {@trait:A|}",
        "Once upon a time, there was $A.a named $A. $A.He had a {little|friendly|funny|sleepy|clever} $C.kind. {@trait:A|}",
        "$A lived $A.home with $A.his family and a {little|friendly|funny|sleepy|clever} $C.kind. {@trait:A|}",
        "There once was $A.a named $A. $A.His best friend was a {little|friendly|funny} $C.kind.",
    ],
}

SCENES = {
    "one": [WHEN + ", $A {went|walked|ran} $place.to. {@weather:A|}", WHEN + ", $A was {walking|playing|sitting} $place.at.",
            "On a " + DAY + ", $A {went|walked} $place.to.", "It was a " + DAY + ", and $A {went|walked} $place.to."],
    "pair": [WHEN + ", they {went|walked|ran} $place.to. {@weather:A|}", WHEN + ", the two friends {went|walked} $place.to.",
             "On a " + DAY + ", they {met|played} $place.at.", "It was a " + DAY + ", and the friends were $place.at."],
    "pet": [WHEN + ", $A and the $C.kind {went|walked|ran} $place.to. {@weather:A|}", WHEN + ", $A took the $C.kind $place.to.",
    "On a " + DAY + ", they {went|walked} $place.to."],
}
