"""Plots of weather, water, night skies, feasts, and strangers who turn out to be friends."""

from world import SHORE, WILD, Being, Place, Thing


def storm(s):
    s["A"] = s.cast.hero(0.5)
    s["B"] = s.cast.like(s["A"])
    s.begin(place=s.rng.choice(WILD), friend=True)
    s["den"] = s.pick("a small cave", "an old hut", "a hollow tree", "an empty barn", "a shepherd's hut")
    s["who"] = s.pick("a wet rabbit", "an old goat", "a family of mice", "a small brown bird", "a cold little hedgehog", "a very wet cat")
    s.tell("{Suddenly|All at once}, the sky {grew dark|turned black}. {The wind howled in the trees.|There was a flash of light "
           'and a loud boom.} Rain {came down|poured down}. "{Run|Quick|We must find shelter}!" {shouted|cried} $A. They ran {as '
           "fast as they could|side by side} until they found $den.",
           '{They were wet and cold.|Inside it was dark, but it was dry.} @scared:B "{Do not be afraid|It is only noise}," said '
           '$A. "{Let us count between the light and the boom|Let us sing louder than the thunder|Let us tell each other a story}."')
    s.tell('{They had just begun when|Then} they heard a {knock|small voice}. Outside stood $who. "{May I come in|Is there room '
           'for one more}?" "{There is always room|Come in, come in|Of course}," said $B. {They moved closer together, and so it '
           "was warmer for everyone.|They all sat close together and kept each other warm.} {$A shared $A.his last piece of "
           "bread.|They laughed at the thunder until it was tired.|Nobody was afraid anymore.}")
    s.finish("{At last|After an hour}, the rain stopped. {A rainbow stood over the hills.|The sun came out, and the whole world "
             'shone.|The air smelled of wet earth.} {"Look!" said $A.|They stepped outside and breathed deeply.} {@happy:A|They '
             "walked home through all the puddles.|They jumped over every puddle on the way home.}",
             moral="{No storm lasts forever.|A storm is not so bad when you are not alone.|There is always room for one more.}")


def cross_river(s):
    s["A"] = s.cast.hero(0.4)
    s["B"] = s.cast.animal()
    s.begin(place=Place("river", "by", "to", SHORE[0].spots),
        hook="{$A wanted to get to the other side, where {the sweetest berries grew|$A.his grandmother lived|there was "
        "a big fair}. But the bridge was gone.|The rain had washed away the bridge, and $A had to get to the other "
        "side.}")
    s.tell('$A {threw in a stick, and it was gone in a moment|put one foot in. The water was cold and fast}. "{How will I get '
           'across|What shall I do now}?" {said|asked} $A. There sat $B.full, who wanted to cross too. "{I have waited all day|I '
           'have been here since morning}," said $B. "{I can see far, but I am not strong|I am strong, but I have no ideas|I have '
           'a rope, but I cannot tie a knot}."', s.pet_line())
    s.tell('"{Then we need each other|Two heads are better than one|Together we can do it}," said $A. {They rolled a fallen tree '
           "to the bank and pushed it over the water.|They laid big stones in the water, one after another.|They tied logs "
           "together and made a raft.} {Once $B slipped, but $A held on tight.|Once $A almost fell in, but $B caught $A.him just "
           'in time.|"Careful!" called $B.} {Step by step|Slowly}, they {came|got} across.')
    s.tell('On the other side, they {looked back|sat down to rest}. "{Alone I would still be sitting there|I could not have done '
           'it without you}," said $B. "{Neither could I|And I would be swimming to the sea}," said $A. They {shared a bag of '
           "nuts|shared an apple|laughed}.")
    s.finish("{Then they went on together.|After that, they went everywhere together.|And the crossing they made is still there "
             "today.} @happy:A", moral="{What one cannot do, two can.|Good friends are like a bridge.|}")


def star_wish(s):
    s["A"] = s.cast.hero(0.5)
    s["H"] = s.cast.elder(s["A"]) if s.chance(0.5) else s.cast.helper(s["A"])
    s["star"] = s.pick("star", "moon")
    start = s.pick("Once upon a time, there was $A.a named $A. Every night, $A.he looked up at the sky.",
        "$A.full lived $A.home. {Every night|Each evening}, $A.he looked up at the $star.",
        "There was $A.a named $A who loved the night sky.", "One clear night, $A.full could not sleep.")
    s.tell(start, 'The $star {was so bright|shone so softly}. "{I want to have it|I want to hold it in my arms|I will catch it}!" '
                  "said $A." if s["star"] == "moon"
                  else 'One $star {was brighter than all the others|shone right over the house}. "{I want to have it|I will catch '
        'it|That one shall be mine}!" said $A.')
    s.tell("$A {climbed the highest tree|climbed up on the roof|put three chairs on top of each other}, but {it was still too far "
           "away|the $star was not one bit closer}. {$A threw a long rope, but it fell back on $A.his head.|$A jumped as high as "
           "$A.he could, but it was no use.|$A walked toward it for an hour, but it walked away just as fast.} Then $A saw the "
           "$star {in the pond|in the water}! $A.He reached in with both arms. Splash! There was nothing but cold water. @sad:A")
    s.tell('"{What are you doing there|Why are you so wet}?" asked $H. "{I want the $star, but I cannot get it|I cannot catch the '
           '$star}," said $A. $H {sat down beside $A.him|laughed softly}. "{If you had it in a box, nobody else could see it|It '
           "belongs to everyone, and so it belongs to you too|Some things are for looking, not for keeping}. {Look, it shines on "
           'your nose right now|It comes back every night, just for you and for all of us|It follows you wherever you go}."')
    s.finish("{$A thought about it.|$A leaned back and looked up.} {They sat there for a long time and said nothing.|The night was "
             "warm and quiet.|Together they gave names to all the lights in the sky.}",
             moral="{You do not have to own a thing to love it.|Since then, $A says good night to the $star every "
        "evening.|The most beautiful things belong to everyone.}")


def feared_stranger(s):
    s["A"] = s.cast.child() if s.chance(0.7) else s.cast.animal()
    kind = s.pick("dragon", "giant", "troll", "dragon", "robot", "wolf", "bear")
    sex = s.rng.choice("mf")
    s["B"] = Being(kind, sex, s.cast.animal().name if s.chance(0.6) else "", label="the " + kind, adjective=s.pick("huge", "big", "old", "lonely"))
    if not s["B"].name or s["B"].name == s["A"].name:
        s["B"].name = s.pick("Grum", "Boom", "Ember", "Thunder", "Rumble", "Smoky") if s["A"].name not in ("Ember",) else "Boom"
    s["where"] = s.pick("on the mountain", "in the dark forest", "behind the hill", "in the old castle")
    start = s.pick("Once upon a time, there was a village where everyone was afraid of the $B.kind who lived $where.",
        "In a village far away, people told stories about $B.a $where.", "Long ago, $B.a lived $where, and nobody dared to go there.")
    s.tell(start, '"{It eats children|It has teeth like knives|It is wicked and wild}," they {said|whispered}. {But nobody had '
                  'ever talked to the $B.kind.|But nobody had ever been there to see.} In the village lived $A.a named $A. {"Has '
                  'anyone ever asked?" said $A.|$A wondered if it was true.}')
    s.tell("One day, $A {went there alone|took a basket of bread and set out|lost $A.his way and came there}. {It was very "
           'quiet.|@scared:A} There sat the $B.kind, and {a big tear rolled down|great tears were falling}. "{Please do not run '
           'away|Everybody runs away from me}," said the $B.kind. "{I only wanted to say hello|I have not talked to anyone for a '
           'hundred years}. My name is $B."',
           '@brave:A "{I am $A. Why are you crying|Hello, $B. What is the matter}?" "{I am lonely|Nobody wants to be my friend}," '
           "said $B.", '{"Then I will be your friend," said $A.|"I will be your friend," said $A, and sat down.}')
    s.tell("{That winter|Soon after}, {the snow was so high that nobody could get out|a fire broke out in the village|the river "
           'rose and the bridge broke}. {Then heavy steps were heard.|"Look! The $B.kind!" the people cried, and hid.} $B {came '
           "and helped|worked all night} until everyone was safe. {The people came out, one by one.|The people did not know what "
           'to say.} "Thank you," said {the mayor|an old woman|the baker} at last. "{We were wrong about you|We never asked you}."')
    s.finish("{Since then, $B is invited to every feast.|Now $B has many friends, and the first one is still $A.|Now the children "
             "play with $B every Sunday.} {@happy:A|}", moral="{Do not believe every story. Go and ask.|A big heart can live in a big body.|}")


def big_fish(s):
    s["A"] = s.cast.hero(0.8)
    s["H"] = s.cast.elder(s["A"])
    s.begin(place=s.rng.choice(SHORE), pet=0.35,
        hook="{$A had a fishing rod and a worm.|$A.He sat down with a fishing rod and waited.|$A.His $H.kind had given "
        "$A.him a fishing rod.}")
    s.tell("{For a long time, nothing happened.|The water was still.|One hour passed, and then another.} {Then the line "
           "moved!|Suddenly there was a strong pull!} $A {pulled with all $A.his might|held on with both arms}, and out came a "
           '{big silver|huge golden|beautiful green|very old} fish. "{Please let me go|Little one, let me go|Put me back}," said '
           'the fish. "{I am old, and the water is my home|My children are waiting for me}. {I will remember it|You will not be '
           'sorry}."', s.pet_line())
    s.tell("$A {had never heard a fish talk|was very surprised}. $A.He {was hungry, and it was a very big fish|wanted so much to "
           "show it at home}. {But $A.he looked into the fish's sad eyes.|$A thought about it.} \"{Swim, then|All right. Swim "
           'home}," said $A and put the fish back. {It jumped once and was gone.|With a splash it was gone.} {At home nobody '
           "believed $A.|When $A told it at home, everyone laughed.}")
    s.tell("{A year later|One summer day|Some time later}, $A was out in a small boat when {a storm came up|the fog came|a big "
           "wave took the oars}. {The boat turned and turned.|$A could not see the land.} @scared:A Then something {pushed the "
           "boat gently|bumped against the boat}. It was the {old fish|big fish}! It pushed the boat all the way to the shore.")
    s.finish('"{You remembered|Thank you, old friend}!" {called|said} $A. The fish {waved with its tail|made a big splash} and '
             "{swam away|was gone}. {@happy:A|}", moral="{A kind deed is never lost.|}")


def winter_bird(s):
    s["A"] = s.cast.hero(0.7)
    small = s.pick("robin", "sparrow", "squirrel", "mouse", "rabbit", "hedgehog") 
    while small == s["A"].kind:
        small = s.pick("robin", "sparrow", "squirrel", "mouse")
    s["B"] = Being(small, s.rng.choice("mf"), label="the little " + small, adjective="little")
    start = s.pick("It was a cold winter. $A.full looked out of the window at the snow.",
        "Once upon a time, in a very cold winter, there was $A.a named $A.",
        "Snow fell all night. In the morning, $A.full {put on a warm coat and went out|ran outside}.",
        "One winter day, $A.a named $A {walked through the deep snow|was building a snowman}.")
    s.tell(start, "{Everything was white and still.|The lake was frozen, and the trees were white.} {There|Under the fence|On a "
                  'branch} sat $B.a. {It shook with cold.|It was too cold and too hungry to move.} "{You poor thing|Oh, you are '
                  'freezing}," said $A.')
    s.tell("$A {picked up|lifted up} $B {with great care|very gently} and {carried it home|took it inside}. {$A made a bed out of "
           "a box and a soft scarf.|$A put an old hat next to the stove.} {There were crumbs to eat and warm water to drink.|$A "
           "fed it with seeds and crumbs.} {All winter long, they lived together.|$A told it stories while the wind blew around "
           "the house.|In the evening, they looked at the snow together.} {It liked to sleep in $A's {pocket|hat|sleeve}.|}")
    s.tell("Then spring came. {The snow melted, and the first flowers opened.|The sun grew warm.} $B {looked out of the window all "
           'day|sat by the door}. $A understood. {It was hard, but|@sad:A Still,} $A opened the door. "{Go|Go now}. {You belong '
           'out there|The world is waiting for you}," said $A. And $B {was gone|went out into the sun}.')
    s.finish("{The house was very quiet.|$A missed it very much.} But {one morning|a few weeks later} there was a {tap|knock} at "
             "the window. {There was $B|It was $B}, with {a whole family|four little ones}! @happy:A",
             moral="{If you love something, let it go free.|What you let go with love will come back.|They came to visit "
        "every spring.}")


def greedy(s):
    s["A"] = s.cast.hero(0.35)
    s["B"] = s.cast.like(s["A"])
    s["fruit"] = s.pick("berries", "apples", "nuts", "plums", "cherries", "pears", "mushrooms")
    s["box"] = Thing(s.pick("basket", "bag", "sack", "bucket"))
    s.begin(friend=True, hook="They {wanted to pick|went to gather} $fruit. Each of them had $box.bare.")
    s.tell('$B filled the $box {halfway and stopped|and was content}. "{This is enough for today|I have enough}," said $B. "{Not '
           'for me|Enough? Never|I want them all}!" said $A. {$A picked and picked.|$A put in more and more.} The $box was {full '
           'to the top|so full that it began to creak}, but $A did not stop. {"It will break," said $B. But $A did not '
           'listen.|"That is too much," said $B. $A only laughed.}')
    s.tell("{On the way home|On the way back}, the $box {grew heavier and heavier|was so heavy that $A could hardly walk}. "
           "{Then|On the bridge|In the middle of the hill}, there was a {loud crack|terrible sound}. The bottom fell out, and all "
           "the $fruit rolled {down the hill|into the water|into the deep grass}. {There was not one left.|A family of "
           "{pigs|goats|geese} came and ate them all.} @sad:A")
    s.tell('$B {came and sat down beside $A|did not laugh}. "{Here, take half of mine|We will share what I have|I have enough for '
           'two}," said $B. $A {turned red|was ashamed}. "{I wanted everything, and now I have nothing|You told me, and I did not '
           'listen}," said $A. "{Thank you|You are a true friend}."')
    s.finish("{Together they cooked supper, and there was enough for both.|They sat down and ate together, and it was enough.} "
             "{@happy:A|}", moral="{Enough is as good as a feast.|Someone who wants too much may lose it all.|From then on, $A knew when to "
        "stop.}")


def lighthouse(s):
    s["A"] = s.cast.hero(0.8)
    s["H"] = Being(s.pick("grandfather", "father", "uncle"), "m", label="") if s.chance(0.5) else Being(s.pick("grandmother", "mother",
        "aunt"), "f", label="")
    s["H"].label = f"{s['A'].slot('his')} {s['H'].kind}"
    start = s.pick("$A.full lived in a lighthouse by the sea with $H.",
        "Once upon a time, there was $A.a named $A. $A.He lived with $H in a tall lighthouse.",
        "On a rock in the sea stood a lighthouse. There lived $A.a named $A with $H.")
    s.tell(start, '{Every evening|Each night}, $H lit the great lamp so that the ships could find their way. {"May I do it?" $A '
                  'always asked. "When you are bigger," said $H.|"One day it will be your turn," $H told $A.}')
    s.tell("{One stormy night|One dark night}, $H was {ill in bed|still on shore, because the sea was too wild}. {Rain beat "
           "against the windows.|The waves were as high as houses.} Then $A saw that {the lamp had gone out|the lamp was dark}! "
           "Far out on the water, {a small ship was coming closer to the rocks|there was a ship, and it could not see the rocks}. "
           '@scared:A "{Somebody must light the lamp|There is nobody but me}," said $A.')
    s.tell("$A {took the matches|took a little lantern} and ran up the stairs, {a hundred steps, round and round|up and up in the "
           "dark}. {The wind blew out the first match. It blew out the second one too.|The door was stuck, and $A pushed with all "
           "$A.his might.} @brave:A At last, {the flame caught|the lamp began to burn}. {A bright light swept over the sea.|The "
           "great light turned and shone over the waves.} The ship {turned just in time|saw it and turned away from the rocks}.")
    s.finish('{The next day|In the morning}, the captain came {to say thank you|with a basket of oranges}. "{Who lit the '
             'lamp|Which brave keeper saved us}?" asked the captain. {$H put an arm around $A.|$H pointed to $A.} "{You were big '
             'enough after all|Now you are a keeper too}," said $H. @happy:A', moral="{A small light can save a great ship.|}")


def letter(s):
    s["A"] = s.cast.hero(0.3)
    s["B"] = s.cast.like(s["A"])
    s["H"] = s.cast.helper(s["A"])
    s.begin(hook="There $A found a letter{ that someone had lost| lying on the path}. There was only one name on it: $B.")
    s.tell('"{Someone is waiting for this|This must be important|I must bring it to $B}," said $A. But {who was $B, and where did '
           '$B live|where did $B live}? {First, $A asked a {cow|goat|goose}. "Never heard the name," was the answer.|$A asked '
           'everyone on the road, but nobody knew.} Then $H said, "{$B? Over the hill, the house with the green roof|I think $B '
           'lives behind the mill|Go along the river until you see a blue door}."', s.pet_line())
    s.tell("{It was a long way.|It was far, and it began to rain.} {$A put the letter under $A.his coat to keep it dry.|Twice $A "
           "wanted to turn back, but $A.he went on.|$A.His feet were tired, but $A.he kept walking.} {It was almost dark|The first "
           'stars were out} when $A {knocked at the door|found the house}. $B.full opened it. "{A letter|A letter for me}?" said '
           '$B. {"Nobody ever writes to me."|"I have waited for it so long!"}')
    s.tell(s.pick('$B read it with shining eyes. "It is from my sister! She is coming to visit. I have not seen her for ten years!"',
                  '$B read it and began to laugh and cry. "It is from an old friend, who says that we should meet again."',
                  '$B opened it. "It says that I am invited to the big feast, and I may bring a friend." $B looked at $A. "Will '
                  'you come with me?"',
                  '$B read it aloud. "You are not alone," it said. "Somebody is thinking of you."'),
           '{"And you came all this way for me?" said $B. "Come in, you must be hungry."|"Come in and get warm," said $B. "You '
           'walked so far for someone you did not know."} {They drank tea and talked until late.|They had soup and bread by the '
           "fire.}")
    s.finish("{Since then, $A and $B write to each other every week.|And that is how $A and $B became friends.|The next week, "
             "there was a letter for $A. It was from $B.} @happy:A", moral="{A letter can carry a lot of joy.|Some roads lead to a friend.|}")


def wise_ruler(s):
    sex = s.rng.choice("mf")
    ruler = "king" if sex == "m" else "queen"
    s["K"] = Being(ruler, sex, label=f"the {ruler}", adjective=s.pick("proud", "sad", "rich", "greedy", "lonely"))
    s["A"] = s.cast.child() if s.chance(0.7) else s.cast.animal()
    s["A"].home = s.pick("in a little hut near the castle", "in a small house by the castle wall")
    s["prize"] = s.pick("a bag of gold", "a white horse", "a golden crown", "half of the treasure")
    task, tries, answer = s.pick(
        ("make me laugh", "Clowns came and juggled. Cooks came with funny cakes. But the $K.kind did not even smile.",
        '$A walked up to the throne and tripped over $A.his own feet. "Oh dear," said $A, "I think your floor '
            'wanted a hug." And the $K.kind laughed and laughed.'),
        ("bring me the most beautiful thing in the world",
        "One man brought a diamond. A lady brought a silk dress. But the $K.kind shook $K.his head.",
        '$A opened the curtains and showed the $K.kind the sun going down over the hills. "I live here," said the '
            '$K.kind, "and I never looked out of my window."'),
        ("bring me the strongest thing in the world",
        "One man brought an iron chain. A giant brought a rock. But the $K.kind was not pleased.",
        '$A told how $A.his mother had sat by $A.his bed for seven nights when $A.he was ill. "The strongest thing '
            'is love," said $A. The $K.kind was very quiet.'),
        ("fill this great hall with something that costs only one coin",
        "One man bought straw, but it covered only the floor. Another bought feathers, but the wind blew them away.",
        "$A bought one candle and lit it. Its light filled the whole hall, from corner to corner."),
        ("tell me something I do not know",
        'A wise man came with a hundred books. A sailor told of far lands. "I know that," the $K.kind always said.',
        '"The baker\'s children are hungry," said $A, "and your roof is made of gold." Nobody spoke. The $K.kind '
            "had not known that."),
    )
    s["task"], s["tries"], s["answer"] = task, s.fill(tries), s.fill(answer)
    s.tell("{Once upon a time|Long ago|In a land far away}, there was $K.a {who had everything|who lived in a great castle} {and "
           'was still not happy|but had no friends|and was bored all day}. One day, $K.he said, "{Whoever can|The one who can} '
           '$task {will get $prize|shall have $prize}!"')
    s.tell("{From near and far, people came.|Everybody wanted to try.} $tries",
        "{Then|At last}, $A.a named $A came to the castle. $A.He lived $A.home{ and had never seen such a big "
        'room|}. "{You are only a $A.child}," said the guards. "{I want to try|Let me try}," said $A.')
    s.tell('$answer "{You have won|The prize is yours}," said the $K.kind. {But $A did not want $prize. "{Share your bread with '
           'the village|Open your garden for everyone|Come and play with us tomorrow}," said $A. "That is all I wish."|$A bowed. '
           '"{I only wish for one thing. Be good to your people|Give it to the poor}," said $A.}')
    s.finish("{And so it was done.|And the $K.kind kept $K.his word.} {From then on, the castle gates were always open.|Since that "
             "day, there was laughter in the castle.|The $K.kind was never lonely again.}",
             moral="{Wise words can come from a small mouth.|}" if s.chance(0.5) else "@happy:A")


def being_yourself(s):
    s["A"] = s.cast.animal()
    s["B"] = s.cast.animal()
    s["H"] = s.cast.helper(s["A"])
    diff = s.pick(("wanted to sing like a nightingale", "sang", "sounded like an old door"),
        ("wanted to have stripes like a zebra", "painted stripes on", "melted in the first rain"),
        ("wanted to be tall like a giraffe", "walked on long sticks", "ended in a big fall"),
                  ("wanted to be as loud as a lion", "roared", "sounded like a sneeze"),
                  ("wanted to have feathers like a peacock", "tied feathers to the back", "blew away in the wind"))
    s["want"], s["did"], s["bad"] = diff
    s.begin(hook="$A was not happy. $A.He $want.")
    s.tell('So $A {practiced in secret|tried it one day}. $A.He $did. But it $bad. {Some of the others laughed.|"What was that?" '
           'asked the others.} @sad:A "{I am nothing special|I wish I were someone else}," said $A.' if "back" not in s["did"] else
           'So $A {thought of a plan|tried it one day}. $A.He $did, but it all $bad. {Some of the others laughed.|"What was that?" '
           'asked the others.} @sad:A "{I am nothing special|I wish I were someone else}," said $A.')
    s.tell('$H heard it. "{Wait and see|Everyone is good for something|There is only one of you in the whole world}," said $H. {$A '
           "did not believe it.|$A only shook $A.his head.} {That very day|The next day}, $B.full {was lost in the fog|fell into a "
           "deep hole|was trapped under a fallen branch}. {Nobody knew what to do.|The others ran around and shouted.} But $A "
           "{knew every path|stayed calm|had a good idea} and {brought $B back|got $B out}.")
    s.tell('"{You saved me|Nobody else could have done that}," said $B. "{I am so glad that you are you|Do not ever change}." {The '
           "others were silent. Then they cheered.|All the others cheered.}")
    s.finish('@happy:A {"Maybe it is good to be me," said $A.|$A looked into the water and liked what $A.he saw.}',
        moral="{There is nobody else like you.|Be yourself, for that is what you do best.|}")


def bedtime(s):
    s["A"] = s.cast.hero(0.5)
    s["M"] = s.cast.elder(s["A"])
    start = s.pick("It was late, but $A.full could not sleep.", "Once upon a time, there was $A.a named $A who did not want to go to bed.",
        "The moon was already high, and $A, $A.a, was still awake.", '"I am not tired," said $A.full and yawned.')
    s.tell(start, "{$A turned to the left, and $A turned to the right.|$A counted all the stars in the window.|$A stood on $A.his "
                  'head, but that did not help.} "{I cannot sleep|I am not one bit tired}," called $A. $M came in. "{Shall I bring '
                  'you some warm milk|Do you want a drink of water}?"')
    s.tell('$A drank it all. {Still no sleep came.|But $A was still awake.} "{Count sheep|You could count sheep}," said $M. So $A '
           "counted. One, two, three. {But the sheep began to dance, and $A laughed.|But the fourth sheep did not want to jump, "
           'and $A had to push it.|But the sheep wanted to play, and $A was more awake than before.} "{It does not work|The sheep '
           'are too funny}," said $A.')
    s["a1"], s["a2"], s["a3"] = s.rng.sample(["The flowers are closing", "The birds have their heads under their wings",
        "The river is humming", "The cows are lying in the barn", "The old mill stands still", "The wind is lying down behind the hill",
        "The fish are sleeping in the deep water"], 3)
    s.tell('Then $M sat down {on the bed|close to $A} and spoke very softly. "{Listen|Close your eyes and listen}. $a1. $a2. $a3. '
           '{Everyone is going to sleep|The whole world is getting quiet}." "{And the moon|What about the moon}?" '
           '{whispered|asked} $A. "The moon stays awake {for all of us|and watches over you}. {So you can sleep|So you may close '
           'your eyes}," said $M.')
    s.finish('{$A wanted to ask one more thing, but $A.his eyes were too heavy.|"That is good," whispered $A.|$A smiled, and then '
             "$A.his breath grew slow.} {And before $M could say good night, $A was asleep.|And then $A was asleep.}",
             s.pick("", "$M turned out the light.", "Outside, the moon smiled."))


def helpful_robot(s):
    s["A"] = s.cast.child()
    name = s.pick("Bolt", "Tick", "Beep", "Zip", "Rusty", "Click", "Clunk", "Sparky")
    s["B"] = Being("robot", s.rng.choice("mf"), name, adjective=s.pick("little", "old", "small", "rusty", "friendly"))
    s["M"] = s.cast.elder(s["A"])
    s["way"] = s.pick("on a pile of old things", "in the attic under a sheet", "behind the shed in the rain", "in a box at the market")
    start = s.pick("One day, $A, $A.a, found $B.a $way.", "Once upon a time, there was $A.a named $A who found $B.a $way.",
        "$A found $B.a $way. $A was $A.a who liked to fix things.")
    s.tell(start, '{It had short arms and three wheels.|Its arms were bent, and its eyes were dark.} "{It is broken|That old '
                  'thing}," said $M. "{I can fix it|I will try to fix it}," said $A. {All week long|Day after day}, $A {cleaned '
                  "and turned and tightened|worked with oil and a little wrench}. {And one evening|Then one day}, two eyes lit up. "
                  '"Hello," said the robot. "I am $B. {What shall I do|How can I help}?"')
    s.tell("$B wanted to help with everything. {$B washed the dishes, and then the cat.|$B watered the flowers, and the carpet "
           'too.|$B ironed the newspaper and folded the cat.} {"Oh, $B!" laughed $A.|$M shook $M.his head, but $M.he had to '
           'laugh.} {"Did I do it wrong?" asked $B. "Only a little," said $A.|"You mean well," said $A. "I will show you."}',
           '{"What is a friend?" asked $B one night.|One night $B asked, "What is a friend?"} $A thought about it. "{A friend is '
           'someone who stays with you|A friend is happy when you are happy, and helps you when you are sad}," $A said.')
    s.tell("{Then one day|In winter}, $A {fell and hurt $A.his leg far from home|was lost in the deep snow|was lost in the woods}. "
           "{It grew dark and cold.|Nobody heard $A call.} Then two small lights came {closer|out of the dark}. It was $B! {$B "
           'took $A in both arms and carried $A.him home}. {"How did you find me?" asked $A.|"You came," whispered $A.} "{I looked '
           'everywhere|I did not stop looking}," said $B. "{You told me what a friend does|A friend stays with you}."')
    s.finish('@happy:A {"Yes," said $A. "You are my best friend."|And $A held $B\'s hand for a long time.}',
        moral="{A friend can be made of iron and still have a warm heart.|}")


PLOTS = [(storm, "a storm"), (cross_river, "working together"), (star_wish, "the night sky"), (feared_stranger, "a lonely stranger"),
    (big_fish, "a talking fish"), (winter_bird, "winter"), (greedy, "being greedy"),
         (lighthouse, "a lighthouse"), (letter, "a lost letter"), (wise_ruler, "a king or a queen"), (being_yourself, "being yourself"),
         (bedtime, "going to sleep"), (helpful_robot, "a robot")]
