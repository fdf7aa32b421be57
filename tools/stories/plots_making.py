"""Plots of making, learning, giving and wishing."""

from world import Thing


def build(s):
    s["A"] = s.cast.hero(0.6)
    s["H"] = s.cast.helper(s["A"])
    thing, bad, good, use = s.pick(
        ("raft", "it sank at once", "it floated like a leaf", "sailed all the way around the pond"),
        ("treehouse", "the floor fell down", "it stood firm, even in the wind", "looked out over the whole valley"),
        ("kite", "it fell on its nose", "it rose higher than the birds", "let it dance over the hills"),
        ("sled", "it fell apart on the first hill", "it ran like the wind", "raced down the hill again and again"),
        ("boat", "water came in from all sides", "not one drop came in", "rowed to the little island and back"),
        ("bridge", "it broke in the middle", "it was strong enough for everyone", "crossed the stream with dry feet"),
        ("cart", "a wheel came off", "it rolled smoothly down the road", "took all the little ones for a ride"),
        ("snow house", "the roof fell in", "it was warm and snug inside", "drank hot cocoa in it"),
        ("flying machine", "it fell into a bush", "it hopped once, twice, and then it flew", "flew once around the barn"),
    )
    s["thing"], s["bad"], s["good"], s["use"] = thing, bad, good, use
    s.begin(hook='{$A wanted to build a $thing.|"I will build a $thing!" said $A.|$A had a big plan: to build a $thing.|For a long '
                 "time, $A had dreamed of a $thing.}")
    s.tell("$A {found|gathered|collected} {wood and string|boards and nails|sticks and rope|all that was needed} and {set to "
           'work|worked the whole day|began at once}. But when it was {done|finished}, $bad. @giveup:A {"Try again," $A.he told '
           "$A.self.|$A tried again, and again it went wrong.} {The second time was no better.|}", s.pet_line())
    s.tell('{Then $H.a came by.|$H.A had watched from far away.} "{That is a fine idea|I like your plan|My first one was no good '
           'either}," said $H.',
           '"{Begin with a good drawing|Use fewer parts and better knots|Start small and test every piece|Go slowly, and do each '
           'part well|Let the corners hold each other}." @thank:A {This time, $A did not hurry.|So $A started from the beginning.} '
           "$A.He {measured everything twice|tied every knot with care|tested every piece}, and $H {held the parts together|passed "
           "$A.him the tools|lent $A.him a hammer}.")
    s.finish("{At last it was done.|By evening, the $thing was ready.} And look: $good! {Together they|$A} $use. @happy:A",
        moral='{A mistake is only the first step.|Good things take time.|Those who try again will get there.|"What shall '
        'we build next?" asked $A.}')


def garden(s):
    s["A"] = s.cast.hero(0.6)
    s["H"] = s.cast.elder(s["A"]) if s.chance(0.5) else s.cast.helper(s["A"])
    plant, fruit = s.pick(("sunflower", "a flower as big as a plate"), ("pumpkin", "a pumpkin as big as a wheel"),
        ("apple tree", "a tiny apple tree"), ("bean plant", "a bean plant taller than a house"),
                          ("rose", "a rose as red as the evening sky"), ("strawberry plant", "the sweetest strawberries"),
                          ("tulip", "a yellow tulip"))
    s["plant"], s["fruit"] = plant, fruit
    start = s.pick("$A.full lived $A.home. {@trait:A|}", "Once upon a time, there was $A.a named $A. {$A.He lived $A.home.|@trait:A}",
        "There was $A.a named $A. @trait:A")
    s.tell(start, "{One spring day|One day|One morning}, $H gave $A {a little seed|a tiny brown seed|a seed as small as a crumb}. "
                  '"{If you take care of it, you will be surprised|Something big sleeps inside|Be patient with it}," said $H.')
    s.tell("$A {planted it|put it in the earth} {near the door|beside the fence|in a sunny spot|in an old pot} and gave it water. "
           "{Then $A.he sat down and waited.|Then $A.he watched it all day.} Nothing happened. {The next day, nothing happened "
           'either.|Day after day, there was only brown earth.} "{Grow|Grow, please grow}!" said $A.',
           "{$A even wanted to dig it up to see what it was doing.|$A sang to it.|$A told it stories.|$A stamped "
               "$A.his foot.}")
    s.tell('"{A seed cannot read a clock|Good things grow slowly|It is working where you cannot see it|You cannot pull a plant out '
           'of the ground by shouting}," {laughed|said} $H. "Give it water, sun and time." {So $A waited.|So $A gave it water '
           "every morning and learned to wait.} {When the sun was hot, $A.he gave it shade.|When it rained too hard, $A held an "
           "umbrella over it.|When the snails came, $A carried them away one by one.}",
           "Then, one morning, {there was something green|a small green leaf looked out of the earth}! {It grew a little every "
           "day.|Day by day, it grew taller.}")
    s.finish("{By summer|Some weeks later|At last}, there was $fruit. @happy:A {Bees and butterflies came to visit.|Everyone came "
             'to look at it.|} "{I waited, and it came|It was worth the wait|I did not do much. I only waited}," said $A.',
             moral="{Good things need time.|Patience makes things grow.|And $A kept one seed for the next year.}")


def learn_skill(s):
    s["A"] = s.cast.hero(0.7)
    s["H"] = s.cast.elder(s["A"])
    options = [("swim", "went under and swallowed water", "swam all the way to the other side"),
        ("whistle", "only blew air", "whistled a whole song"), ("skate", "sat down hard on the ice", "made a round turn without a fall"),
               ("juggle", "dropped every ball", "kept three balls in the air"),
               ("read", "mixed up all the letters", "read a whole page aloud"), ("catch a ball", "missed it every time", "caught it with one hand"),
               ("tie a knot", "made a big tangle", "tied a perfect bow"),
               ("jump rope", "got tangled in the rope", "jumped a hundred times in a row")]
    if s["A"].human:
        options += [("ride a bike", "fell into the bushes", "rode all the way to the gate"),
            ("ski", "fell on the snow", "came down the whole hill"), ("play the piano", "hit all the wrong keys",
            "played a little song without a mistake")]
    s["skill"], s["bad"], s["good"] = s.pick(*options)
    start = s.pick("$A.full wanted to learn to $skill.", "Once upon a time, there was $A.a named $A who wanted to $skill.",
        "There was $A.a named $A. More than anything, $A.he wanted to $skill.",
        "All of $A's friends could $skill. Only $A could not. $A was $A.a who did not like to be last.")
    s.tell(start, '{"It looks so easy," said $A.|"How hard can it be?" said $A.|"Will you teach me?" $A.he asked $H. "Of course," '
                  "said $H.} But the first time $A tried, $A.he $bad. {The second time was not better.|So it went all morning.} "
                  "@giveup:A")
    s.tell('$H {sat down next to $A|put an arm around $A.him|smiled}. "{When I was little, I fell a hundred times|Do you know how '
           "often I tried? More times than I can count|Nobody can do it on the first day|You cannot do it yet. Yet is a very "
           'important word}." {"Really?" asked $A.|"A hundred times?" asked $A.} "{Really|Truly}," said $H. "{A little every '
           'day|One more try|Watch me and go slowly}. That is the whole secret."')
    s.tell("So $A tried {every day|each morning|again the next day, and the day after}. {On Monday it went badly. On Tuesday it "
           "went a little better.|Some days were good, and some were bad.|$A fell down and stood up, fell down and stood up.} "
           "{Once $A was so cross that $A.he went home, but the next day $A.he was back.|}",
           "And then, {one day|on a quiet afternoon|when $A.he least expected it}, $A $good!")
    s.finish('"{Look, look! I can do it|I did it}!" {shouted|cried} $A. {$H clapped and clapped.|"I knew you could," said $H.} '
             "@happy:A", moral="{Practice makes it easy.|Now $A teaches the little ones, and $A.he tells them about the important word: "
        "yet.|What is hard today may be easy tomorrow.}")


def gift(s):
    s["A"] = s.cast.hero(0.65)
    s["M"] = s.cast.elder(s["A"])
    s["toy"] = Thing(s.pick("scarf", "music box", "necklace", "teapot", "hat", "clock", "mirror", "brooch"),
        s.pick("blue", "golden", "beautiful", "silver", "pretty", "red"))
    start = s.pick("{Tomorrow was|Soon it would be} {$M's birthday|the birthday of $M}. $A, $A.a, {wanted to give something "
                   "special|had no gift yet}.",
                   "Once upon a time, there was $A.a named $A. It was {almost|nearly} $M's birthday, and $A wanted to find "
                       "the best gift in the world.",
                       "$A.full had saved {seven|ten|five|twelve} coins. $M's birthday was coming, and $A wanted to buy a gift.")
    s.tell(start, 'In the window of a {small|little} shop, $A saw $toy.a. {It was perfect.|"That is it!" thought $A.} But {it cost '
                  "too much|it cost a hundred coins|$A did not have enough money}. @sad:A")
    s["made"], s["how"] = s.pick(("a picture of the two of them under the big tree", "painted"), ("a little boat out of bark", "made"),
        ("a crown of daisies", "made"), ("a song with three verses", "made up"),
        ("a book with all the stories that everyone at home liked", "made"), ("a pillow filled with lavender", "sewed"),
        ("a lamp out of an old jar", "made"), ("a small bench out of old boards", "built"))
    s.tell("{On the way home|Under a tree}, $A {thought|thought hard}. What would make $M smile? {Then $A knew.|@think:A} $A {ran "
           "home and shut the door|worked in secret all evening|asked everyone to keep it a secret}. {$A.He worked until late.|It "
           "was not easy, and twice $A.he had to start again.|It took a long time, but $A.he did not stop.} $A $how $made.")
    s.tell("The next morning, $A {held out the gift|brought the gift} {with a red face|with a beating heart|and did not say a "
           'word}. "{It is only a small thing|I made it myself|It did not cost anything}," said $A. $M {looked at it for a long '
           'time|was silent}. Then $M {began to smile|had tears in $M.his eyes}. "{This is the most beautiful gift I ever had|No '
           'shop in the world sells something like this|You put your heart in it}. {Thank you|Come here and let me hug you}."')
    s.finish("@happy:A", moral="{The best gifts cannot be bought.|A gift from the heart is worth more than gold.|$M kept it for many, many years.}")


def cake(s):
    s["A"] = s.cast.hero(0.6)
    s["B"] = s.cast.like(s["A"])
    s["cake"], s["it"] = s.pick(("an apple pie", "pie"), ("a honey cake", "cake"), ("a chocolate cake", "cake"), ("a carrot cake", "cake"),
        ("a pot of soup", "soup"), ("a berry pie", "pie"), ("a big loaf of bread", "bread"))
    s["m1"], s["m2"] = s.rng.sample(["salt", "butter", "flour", "honey", "milk"], 2)
    s["N"], s["O"] = s.cast.helper(s["A"]), s.cast.helper(s["A"])
    start = s.pick("$A.full wanted to make $cake.",
        "Once upon a time, there was $A.a named $A. {$A.He loved to cook.|@trait:A} One day, $A wanted to make "
        "$cake.", '"Today I will make $cake!" said $A.full.', "It was a cold day, and $A.full wanted to make $cake.")
    s.tell(start, "{$A.He tied on an apron and looked around.|$A.He opened the cupboard.} But {oh dear|oh no}! There was no $m1{ in the house|}.")
    s.tell('So $A went next door to $N. "{May I borrow|Do you have} some $m1?" asked $A. "{Of course|Gladly|Yes, come in}," said '
           '$N. "{But save a piece for me|I would love a taste of it later|I like it when it smells of baking}."',
           '{Then|At home}, $A saw that there was no $m2 either. So $A went to $O. "{Here you are|Take this|I have plenty}," said '
           '$O. "{I will come and taste it|Call me when it is ready}." {On the way back, $A met $B.full, who wanted to '
           'help.|$B.full came by and asked, "May I help?" @agree:A}')
    s.tell("$A and $B {stirred and stirred|mixed everything in a big bowl|worked side by side}. {There was flour on the floor and "
           "flour on $A's nose.|$B put in a little more than the book said.|A spoon fell down, and they both laughed.} {Then they "
           "had to wait.|} Soon {a wonderful smell filled the house|the whole street smelled of it}.")
    s.finish("{When it was ready, there was a knock at the door.|Then came a knock at the door.} {There stood $N and $O!|$N and $O "
             "had come, and they brought their own spoons.} {They all sat down together.|Everyone had some, and soon there was "
             "nothing left.|They ate and laughed until it was dark.} @happy:A",
             moral="{What many hands make, many can enjoy.|It was the best $it in the world.|With good neighbors, nothing is missing.}")


def birthday(s):
    s["A"] = s.cast.hero(0.6)
    s["B"] = s.cast.like(s["A"])
    s["M"] = s.cast.elder(s["A"])
    s["n"] = s.pick("five", "six", "seven", "eight")
    start = s.pick("{It was $A's birthday.|Today was $A's birthday.} $A was $A.a, and today $A.he was $n years old.",
        "Once upon a time, there was $A.a named $A. Today $A.he was $n years old.",
        '$A.full woke up early. "Today is my birthday!" $A.he {said|sang}.')
    s.tell(start, '{$A ran into the kitchen|$A came to breakfast with a big smile}. But $M only said, "Good morning{, eat your '
                  'breakfast|. It looks like rain}." {Nobody said a word about the birthday.|There was no cake and no song.} '
                  '{"Maybe they forgot," thought $A.|@sad:A}')
    s.tell('$A went to see $B, $A.his best friend. "{Do you know what day it is|Is there something special today}?" asked $A. "I '
           'think it is Tuesday," said $B. "{I am busy. Sorry|I have no time right now. See you later}!" And $B {shut the door|ran '
           'off}. @sad:A {All day long, $A walked around alone.|$A sat {under a tree|on a stone} and threw pebbles.} {"They have '
           'all forgotten me," $A said.|It was the longest day.}')
    s.tell('{When it got dark|In the evening}, $A {walked home slowly|went home with a heavy heart}. The house was dark. {"How '
           'strange," thought $A.|It was very quiet.} $A opened the door. "Surprise!" The lights went on. {Everybody was '
           "there!|There were $M and $B and all the others!} {There was a cake with $n candles.|A big cake stood on the table.} "
           '"{We could never forget you|We worked on it all day|Happy birthday, $A}!" {cried|laughed} $B.')
    s.finish("@happy:A {They {danced|sang|played games} until the candles were low.|$A blew out the candles with one breath.} "
             '{"What did you wish for?" asked $B. "Nothing," said $A. "I have everything."|}',
             moral="{A friend who is silent may be keeping a lovely secret.|}")


def magic_wish(s):
    s["A"] = s.cast.hero(0.7)
    s["thing"] = Thing(s.pick("lamp", "ring", "stone", "shell", "flute", "bell", "coin", "bottle"),
        s.pick("old", "golden", "shiny", "strange", "silver", "blue"))
    s.begin()
    wish, good, bad = s.pick(
        ("that everything I touch turns to candy", "The chair was candy, the door was candy, and even the stones tasted sweet.",
        "Soon $A's belly hurt. The bed was hard and sticky, and there was no water to drink."),
        ("to be as tall as a tree", "$A grew and grew until $A.his head was over the roofs.",
        "But $A.he did not fit through the door, and everyone ran away from $A.him."),
        ("to be invisible", "Nobody could see $A. $A.He took an apple from the table and laughed.",
        "But nobody played with $A, and nobody heard $A.him. It was very lonely."),
        ("that it never gets dark", "The sun stood still in the sky, and $A played and played.",
        "But nobody could sleep. The flowers hung their heads, and everyone was tired and cross."),
        ("for a mountain of toys", "Toys fell from the sky until there was a whole mountain of them.",
        "But soon $A did not know what to play with, and there was no room left for any friends."),
        ("to fly like a bird", "$A rose up over the trees and the hills.", "But up there it was cold, and $A did not know how to come down again."),
        ("that it is always winter", "At once, white snow fell on everything, and $A built a huge snowman.",
        "But the birds were cold, the river froze, and soon there was no bread left in the village."),
        ("for a day without any rules", "$A ate cake for breakfast and jumped on all the beds.",
        "But the others had no rules either. Nobody cooked, nobody shared, and everyone shouted."),
    )
    s["wish"], s["good"], s["bad"] = wish, s.fill(good), s.fill(bad)
    s.tell("{There|In the sand|Under a root|In the grass}, $A found $thing.a. When $A rubbed it, {a puff of smoke came out|it "
           'began to glow|a small voice spoke}. "{You have one wish|I will give you one wish|Make a wish}," {it said|said the '
           'voice}, "{but think well|but be careful what you wish for}." $A {did not think long|could not believe it}. "I wish '
           '$wish!" $A.he {said|cried}.', s.pet_line())
    s.tell('{And so it was.|Poof! It came true.} $good {What fun it was!|At first it was wonderful.|"This is great!" cried $A.} '
           '$bad {"This is not what I wanted," said $A.|$A began to feel sorry.}')
    s.tell('$A {ran back|went back} to the $thing. "Please, {take my wish back|make it all as it was before}," $A.he '
           '{begged|said}. "{Are you sure|Is that what you want}?" asked the voice. "Yes," said $A. "{I had everything I needed|I '
           'liked it the way it was}." {There was a flash of light.|The $thing shone one last time.} And everything was {as it was '
           "before|as it had always been}.")
    s.finish("{$A put the $thing back where $A.he had found it.|$A threw the $thing into the deep water.|The $thing was gone.} "
             "{@happy:A|}", moral="{Be careful what you wish for.|From then on, $A was happy with what $A.he had.|Sometimes the best wish is "
        "no wish at all.}")


def paint_village(s):
    s["A"] = s.cast.hero(0.7)
    s["B"] = s.cast.like(s["A"])
    s["town"] = s.pick("village", "town", "street", "island")
    start = s.pick("Once upon a time, there was a $town where everything was gray. {The houses were gray, and the doors were "
                   "gray.|Even the flowers looked gray.} In this $town lived $A.a named $A.",
                   "$A.full lived in a gray little $town. {The houses were gray, and the sky was gray too.|Nobody laughed "
                       "there.}")
    s.tell(start, '{"Why is everything so gray?" asked $A. "It has always been so," said the people.|"It should not be so gray," '
                  "thought $A.} {One day|One morning}, $A found {an old box of paints|three pots of paint} {in the barn|in the "
                  "attic}. @think:A")
    s["c1"], s["c2"], s["c3"] = s.rng.sample(["red", "blue", "yellow", "green", "orange", "purple", "pink"], 3)
    s.tell("That {night|evening}, when all were asleep, $A took a brush and painted {one door|the old gate|the bench by the well} "
           "$c1. {The next morning|In the morning}, {an old man stopped and smiled|a woman stood still and began to hum|everyone "
           'stopped to look}. "{Who did this|Who could it be}?" they asked. $A said nothing. The next night, $A painted {a fence|a '
           "wall|a window} $c2.",
           'But {on the third night|that night} someone was there. It was $B{, with a lamp|}. "So it is you!" said $B. {$A was '
           'afraid. But $B only asked, "Do you have another brush?"|"May I help?"}')
    s.tell("{From then on, they painted together.|Together they painted a {roof|tower|bridge} $c3.} {Soon others came with brushes "
           "too.|One by one, the others came and helped.} {They painted birds and fish and stars.|They painted flowers on every "
           "wall.|Someone painted a whale on the school.} {And with the colors, the people began to laugh again.|People began to "
           "sing in the streets.}")
    s.finish("{Now travelers come from far away to see it.|Now it was the brightest $town in the land.|And the gray never came "
             "back.} @happy:A", moral="{One small brush can change a whole $town.|Somebody has to begin.|}")


PLOTS = [(build, "building something"), (garden, "a seed"), (learn_skill, "learning something new"), (gift, "a birthday gift"),
    (cake, "baking"), (birthday, "a birthday"), (magic_wish, "a magic wish"), (paint_village, "colors")]
