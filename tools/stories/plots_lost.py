"""Plots of things and beings lost, found, chased, freed and brought home."""

from world import BABIES, SMALL, WILD, Being, Thing, article


def lost_toy(s):
    s["A"] = s.cast.hero()
    s["toy"] = s.cast.toy()
    s.begin(hook="$A.He {had|took along} {$A.his favorite thing, $toy.a|$toy.a, and $A.he loved it very much|$toy.a that $A.his "
                 "grandmother had made}.")
    spots = s.rng.sample(s["place"].spots, 3)
    s["s1"], s["s2"], s["s3"] = spots
    s["B"] = s.cast.like(s["A"])
    s.tell('{But when it was time to go home|After a while|Later}, the $toy was gone. "Oh no! {Where is my $toy?|I have lost my '
           '$toy!}" {cried|said} $A. {$A.He looked $s1. It was not there. $A.He looked $s2. It was not there either.|$A.He looked '
           "$s1 and $s2, but the $toy was not there.}",
           "@sad:A", s.pet_line())
    if s.chance(0.6):
        s.tell('Just then, $B.full came by. @ask:B "I have lost my $toy," said $A. "{Do not worry|Do not cry|Dry your tears}," '
               'said $B. "{We will look for it together|I will help you look|Four eyes see more than two}."',
               "{They looked high and low.|They walked all the way back.|Step by step, they went back the way $A had come.} {At "
               'last|Then|In the end}, $B {looked|pointed} $s3. "{Is this your $toy|Look! Is that it|Here it is}?" {asked|said} $B.'
               if s.chance(0.5) else
               "They looked and looked. Then $B saw something $s3. It was the $toy!")
        s.tell("@happy:A @thank:A")
        s.finish("{$A and $B played with the $toy until the sun went down.|$A let $B play with the $toy all afternoon.|After that, "
                 "$A and $B were {good|best} friends.}",
                 moral="{A friend makes every search shorter|A lost thing is easier to find with a friend}.")
    else:
        s.tell("$A stopped and thought. Where had $A.he been last? {@brave:A|Then $A.he remembered.} $A.He {ran|walked} back and "
               "looked $s3. There it was! A {bird|mouse|little frog|butterfly} was sitting on it{ as if it were a chair|}.",
               '$A laughed and said, "Thank you for looking after my $toy."')
        s.finish("@happy:A {$A held the $toy close all the way home.|$A put the $toy in a safe place.|From then on, $A took good care of the $toy.}",
                 moral="{When you lose something, stop and think before you cry.|Good things often wait where we last saw them.}")


def lost_in_wood(s):
    s["A"] = s.cast.hero(0.6)
    s["small"] = s.pick("yellow butterfly", "white rabbit", "blue bird", "red leaf", "green frog", "shiny beetle", "little squirrel")
    s.begin(place=s.rng.choice([p for p in WILD if p.noun in ("forest", "woods")]))
    s["H"] = s.cast.helper(s["A"])
    s["M"] = s.cast.elder(s["A"])
    s.tell('{There|Soon} $A saw a $small. "{How pretty|Wait for me|Come back}!" {said|called} $A, and $A.he {ran after it|followed '
           "it}. {It went left and right, over stones and under branches.|It went deeper and deeper between the trees.}",
           'When $A stopped at last, {everything looked strange|the path was gone|all the trees looked the same}. "{Where am '
           'I|Which way is home}?" $A {asked|whispered}. {But nobody answered.|Only the wind answered.} @scared:A', s.pet_line())
    s.tell('{Then|After a while}, $A met $H.a. "{Are you lost, little one|Why do you look so worried|What are you doing here all '
           'alone}?" asked $H. "{I cannot find my way home|I do not know the way home}," said $A.',
           '"{Listen|Be still and listen}," said $H. "{Can you hear the water? Follow the stream, and it will lead you out|Do you '
           "see the smoke over the trees? Walk toward it|Moss grows on this side of the trees. Keep it on your left|The evening "
           'star shines over your house. Follow it}." @thank:A')
    s.tell("$A {did just that|followed the advice|walked and walked}. {Little by little, $A.he knew the way again.|Step by step, "
           "the forest grew brighter.} {At last|Soon}, $A.he saw {the lights of home|a lamp in the window|the roof of home}. $M "
           '{was standing at the door|came running}. "{There you are|I was so worried}!" {said|cried} $M{ and held $A tight|}.')
    s.finish("@happy:A", moral="{After that, $A never left the path without telling someone.|From then on, $A looked where $A.he was "
        'going.|"Next time I will stay on the path," $A said.}')


def little_lost_baby(s):
    s["A"] = s.cast.hero(0.55)
    baby = s.pick(*[baby for baby in BABIES if BABIES[baby] != s["A"].kind and baby != s["A"].kind])
    s["baby"], s["mother"] = baby, BABIES[baby]
    s["ababy"] = article(baby)
    s.begin(place=s.rng.choice(WILD))
    s.tell("{There|Suddenly}, $A heard {a small cry|a tiny voice|a soft sound}. {Under a bush|Behind a stone|In the grass} sat "
           '$ababy. It was {all alone|cold and alone|very small and very sad}. "{Where is your mother|Are you lost|Did you lose '
           'your mother}?" asked $A. The $baby {only cried|nodded|made a sad little sound}.', s.pet_line())
    others = s.rng.sample(["cow", "horse", "goat", "sheep", "pig", "swan", "rabbit", "turtle", "goose", "donkey"], 2)
    others = [o for o in others if o != s["A"].kind] or ["cow"]
    s["o1"], s["o2"] = others[0], others[-1]
    s.tell('"Come," said $A. "We will find her." {First they met|They came to} a $o1. "{Is this your baby|Is this little one '
           'yours}?" asked $A. "{No|Oh no}, {mine is|my baby is} {at home|right here beside me|much bigger}," said the $o1.'
           if s["o1"] == s["o2"] or s.chance(0.4) else
           '"Do not be afraid," said $A. "I will help you." They asked a $o1, but the $o1 {shook its head|had seen nobody}. They '
           'asked a $o2, and the $o2 said, "{I heard someone calling by the water|I heard someone crying behind the hill|Go down '
           'to the old tree. Someone is looking for her baby there}."',
           "{The $baby was tired, so $A carried it.|$A kept the $baby warm.|$A sang a little song so that the $baby would not be afraid.}")
    s.tell("{At last|Just before dark|Then}, they heard {a voice|someone} calling. {There stood a $mother|It was a $mother}! The "
           '$baby {ran to her as fast as it could|gave a cry of joy}. "My baby!" said the $mother. "{I looked for you everywhere|I '
           'was so afraid}." She turned to $A. "{Thank you for bringing my baby back|You have a kind heart. Thank you}."')
    s.finish("@happy:A", moral="{Nobody is too small to help.|To help someone home is a fine thing.|A kind heart always finds the way.}")


def wind_thief(s):
    s["A"] = s.cast.hero()
    s["toy"] = Thing(s.pick("hat", "scarf", "kite", "umbrella", "letter", "balloon", "paper crown", "handkerchief"),
        s.pick("red", "blue", "green", "yellow", "striped", "white"))
    s["H"] = s.cast.helper(s["A"])
    s.begin(hook="$A.He had $toy.a{, and $A.he was very proud of it| that $A.he liked very much}.")
    s["way"] = s.pick("over the fence and across the field", "over the roofs and down the street", "past the mill and over the pond",
        "up the hill and down the other side", "between the trees and over the stream")
    s.tell("{Suddenly|All at once|Then}, {the wind came|a strong wind blew}. Whoosh! It {took|pulled|snatched} the $toy away. "
           '"{Come back|Stop|Give it back}!" {shouted|cried} $A. The $toy {flew|sailed|danced} $way. $A ran after it as fast as '
           "$A.he could." , s.pet_line())
    s.tell("The $toy landed {on a high branch|on top of a tall wall|on the roof of a barn|in the middle of a pond|on a tall "
           "hedge}. $A {jumped and jumped|stretched as far as $A.he could}, but {it was too far away|$A.he could not reach it}. "
           "@sad:A",
           '{Then $H.a came along.|Just then, $H.a passed by.} "{I saw it fly|What a wind|Let me see}," said $H. "{Let me '
           'help|Maybe I can help|We need a long stick}." {Together they found a long stick|Together they looked for a long '
           "branch}, and they {pulled and pushed|stretched and poked} until the $toy {came free|came down}.")
    s.tell('@thank:A "{Hold it tight next time|The wind likes to play too|Never mind}," {laughed|said} $H.')
    s.finish('@happy:A {$A held the $toy with both arms all the way home.|$A waved to the wind. "Not today!" $A.he called.|}',
        moral="{From then on, $A held on to the $toy whenever the wind blew.|}")


def trapped_animal(s):
    s["A"] = s.cast.hero(0.7)
    small = s.cast.fresh([k for k in SMALL if k != s["A"].kind])
    s["B"] = Being(small, "m", label="the " + small)
    s.begin(place=s.rng.choice(WILD))
    s["trap"] = s.pick("caught in a thorny bush", "stuck in the mud", "tangled in an old net", "caught in some string",
        "stuck between two stones", "lying on its back")
    s.tell("{There|Suddenly}, $A {heard|noticed} {a tiny cry|a small sound|something moving}. It was a {little|tiny|small} "
           '$B.kind. It was $trap{ and could not move|}. "{Please help me|Help|Oh, please help}!" said the $B.kind.', s.pet_line())
    s.tell('"{Hold still|Do not be afraid|I will be careful}," said $A. {Gently|Slowly and carefully|With great care}, $A '
           "{worked|pulled} and {pulled|worked} until the $B.kind was free. {It shook itself.|It looked up with shining eyes.|It "
           'was tired and thirsty, so $A gave it some water.} "Thank you," said the $B.kind. "{I will not forget this|One day I '
           'will help you too}." "{You are so small! How could you help me|How would you do that}?" {laughed|said} $A.')
    s["gone"] = s.pick("bag", "key", "lantern", "basket", "hat")
    if s.chance(0.5):
        s.tell("{Many|Some|A few} days later, $A was lost in {a thick fog|the dark woods|the tall grass}. {$A.He called, but "
               'nobody came.|@scared:A} Then a small voice said, "{Follow me|This way|Do you remember me}!" It was the $B.kind! '
               "{It knew every path|It led the way}, and soon $A was safe at home.")
    else:
        s.tell("{Many|Some|A few} days later, $A {lost|dropped} $A.his $gone in a {deep hole|narrow crack|thick bush}. {$A.He "
               'could not reach it.|@sad:A} Then a small voice said, "{Let me try|I am small enough|Do you remember me? Let me '
               'help}." It was the $B.kind! It {slipped inside|went in} and brought out the $gone.')
    s.finish('@happy:A {From then on, they were friends.|"Now I see," said $A. "Even the smallest friend can be a great help."}',
        moral="{A good deed comes back.|Be kind to the small, for the small can do great things.|No friend is too small.}")


def stuck_up_high(s):
    s["A"] = s.cast.child()
    pet = s.pick("cat", "kitten", "parrot", "squirrel")
    s["C"] = Being(pet, "m", label="the " + pet)
    s["pname"] = s.cast.animal().name
    s.begin(pet=0, hook="$A had a $C.kind called $pname.")
    s["B"] = s.cast.child()
    s["H"] = s.cast.helper(s["A"])
    s["high"] = s.pick("tall tree", "high roof", "church tower", "chimney", "old wall")
    s.tell("{A dog barked|There was a loud bang|A cart rolled by}, and the $C.kind was {so |very |}frightened. It {climbed|went} "
           'up, up, up to the top of a $high. Then it looked down and {did not dare to move|began to cry}. "Come down, $pname!" '
           "called $A. But $pname {only looked at $A.him|would not come}.")
    s.tell("$A {put out some food|called and called|sang $pname's favorite song}, but {it did not help|$pname stayed where it "
           "was}. $B came by and {tried to climb up|threw a rope}, but {it was too high|that did not work}.", "@sad:A",
           '{At last|Then} $H.a came along with a {long|tall} ladder. "{Let me see|I heard someone call|This is what you need}," '
           "said $H.")
    s.tell('{$H held the ladder, and $A climbed up step by step.|$A held the ladder, and $H climbed up step by step.} "{Good, '
           "good|Easy now|Do not be afraid},\" came the words, soft and low. {Soon|A moment later}, $pname was {safe in $A's "
           "arms|down on the ground again}. @thank:A")
    s.finish("@happy:A {$pname got something good to eat.|Nobody was happier than $pname.|That evening, $pname stayed very close "
             "to $A.}", moral="{Going up is easy. Coming down needs friends.|}")


def treasure_map(s):
    s["A"] = s.cast.hero(0.6)
    s["B"] = s.cast.like(s["A"])
    s.begin(friend=True)
    s["found"] = s.pick("in an old bottle", "inside an old book", "under a loose stone", "in the pocket of an old coat", "in a dusty box")
    s.tell('{There|Suddenly}, $A found {a map|an old map|a yellow map} $found. There was a {big|red} cross on it. "{A treasure|It '
           'is a treasure map}!" {cried|whispered} $B. "{Let us find it|Let us go at once|Come on}!"')
    steps = s.rng.sample(["They walked ten steps to the big oak tree.", "They crossed the stream on slippery stones.",
        "They crawled through a dark tunnel.", "They climbed over a fallen tree.", "They turned left at the old well.",
                          "They went around the hill three times.", "They passed a rock that looked like a sleeping bear.",
                          "They walked along a wall with a hundred snails.", "They followed a narrow path up the hill."], s.pick(2, 3))
    s.tell(*steps, '{"Are we there yet?" asked $A.|$B got a stone in $B.his shoe.|Once they went the wrong way and had to turn '
                   "back.|}" if s["B"].human else '{"Are we there yet?" asked $A.|Once they went the wrong way and had to turn back.|}',
           "{At last|In the end}, they {came to|reached} the place with the cross. They dug and dug until they {hit something "
           "hard. It was a box|found an old box|found a wooden box}.")
    s.tell(s.pick('In the box there was no gold. There was only a letter. "The real treasure is the friend who came with you," it '
                  "said. $A and $B looked at each other and laughed.",
                  'The box was full of {old toys|marbles|glass beads|wooden animals}. "{Some children hid them long ago|Somebody '
                  'put them here long ago}," said $B. They {shared them|divided everything into two equal parts}.',
                  'Inside there were seeds and a note. "Plant me," the note said. So they planted the seeds, and by summer there '
                  "were {sunflowers|roses|pumpkins} everywhere.",
                  "The box was full of {apples and cakes|cookies and sweets}! Behind a tree stood $A's grandfather, laughing. \"I "
                  'made the map," he said. "{A good treasure must be shared|I thought you would like a little adventure}."'))
    s.finish("@happy:A", moral='{"That was the best treasure in the world," said $B.|"Tomorrow we will make a map of our own," said '
        "$A.|The best part of a treasure is the search.}")


def noise_at_night(s):
    s["A"] = s.cast.hero(0.65)
    s["M"] = s.cast.elder(s["A"])
    s["sound"] = s.pick("scratch, scratch", "tap, tap, tap", "bump, bump", "knock, knock", "crunch, crunch", "squeak, squeak", "rustle, rustle")
    s["src"] = s.pick("a hedgehog eating an apple", "a mouse rolling a nut", "a bird building a nest", "a frog that had lost its way",
        "a raccoon looking for supper", "a kitten that wanted to come in", "an owl cleaning its wings")
    s.tell("{One night|Late one night|One dark night}" + ", $A.a named $A {lay in bed|could not sleep|woke up}. {The moon was {round|thin} and the house was "
        "quiet.|Outside it was dark and windy.|The rain fell softly on the roof.} Then $A heard a noise. {It came "
        "from {outside|below|behind the wall}.|} It went $sound.")
    s.tell('"{What is that|Who is there}?" {whispered|thought} $A. {Was it a {monster|ghost|thief|wolf}?|Perhaps it was a '
           "{monster|ghost|wolf}!} @scared:A {$A pulled the blanket over $A.his head.|$A hid under the blanket.} But the noise "
           "came again: $sound.",
           '{$A went to wake $M. "There is a noise," $A said. "Let us go and see," said $M. "Things are smaller when you look at '
           'them." They took a lamp and went to the door.|@brave:A $A took a lamp and walked slowly to the door.}')
    s.tell("{Slowly|Carefully|Very quietly}, $A opened the door and held up the lamp. {And what was it|What did $A see}? It was "
           "only $src! {It was more afraid than $A was.|}", "@happy:A")
    s.finish('"{So that is my monster|You gave me a fright|And I was so afraid}!" {laughed|said} $A. {Then $A went back to bed and '
             "slept until morning.|}", moral="{Things in the dark are often smaller than they sound.|A fear gets small when you hold a lamp to "
        "it.|After that, $A liked the sounds of the night.}")


PLOTS = [(lost_toy, "a lost toy"), (lost_in_wood, "getting lost"), (little_lost_baby, "helping others"), (wind_thief, "the wind"),
    (trapped_animal, "kindness"),
         (stuck_up_high, "a brave rescue"), (treasure_map, "a treasure"), (noise_at_night, "being brave")]
