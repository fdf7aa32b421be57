"""Plots of friendship, sharing, honesty and courage."""

from world import TREATS, Thing


def sharing(s):
    s["A"] = s.cast.hero()
    s["food"] = s.pick(*TREATS)
    s["it"] = "the " + s["food"].split(" ", 1)[1].split(" of ")[0].split()[-1]
    s["B"] = s.cast.like(s["A"])
    s.begin(hook="$A.He had $food{ for lunch| with $A.him|, and it smelled wonderful}.")
    s.tell('{Then|Just then|After a while}, $B.full came by. $B {had not eaten all day|looked hungry|had nothing to eat}. "{May I '
           'have a little|Could I have some too|Will you share with me}?" asked $B. "{No|No, no}! It is all mine," said $A, and '
           "$A.he held $it {tight|close}. $B {said nothing and walked away|went away with a sad face}.", s.pet_line())
    s.tell("$A {began to eat|took a bite}. But {somehow it did not taste good|it was no fun to eat alone|all at once $A.he was not "
           "hungry}. $A.He {thought of $B's sad face|looked at the empty place beside $A.him|remembered how it felt to be hungry}. "
           '"{I was not kind|That was mean of me}," $A thought.',
           '$A {got up and ran|hurried} after $B. "Wait!" $A called. @sorry:A "{Come and eat with me|There is enough for '
           'two|Please have some}," $A.he added. {"Thank you," said $B.|$B smiled.|$B was not angry for long.}')
    s.finish("They sat {side by side|under a tree|in the sun} and ate together. {Now it tasted {much better|wonderful}.|They "
             "talked and laughed until nothing was left.} @happy:A",
             moral="{Food tastes best when it is shared.|What we share makes us rich.|From then on, $A always brought enough "
                 "for two.|Half a cake with a friend is better than a whole one alone.}")


def new_friend(s):
    s["A"] = s.cast.hero(0.6)
    s["B"] = s.cast.child() if s["A"].human and s.chance(0.6) else s.cast.animal()
    s.begin(hook="{$A had nobody to play with.|$A was lonely.|$A wished for a friend.|All the others were busy, and $A was alone.}")
    s["odd"] = s.pick("wore two different socks", "was talking to a snail", "was building a tower of stones", "was singing to the trees",
        "was walking backward", "was counting the clouds") if s["B"].human else s.pick("was talking to a snail",
        "was building a tower of stones", "was singing to the trees", "was walking backward", "was counting the clouds")
    s.tell("{Then|There|One day}, $A saw {someone new|somebody $A.he did not know}. It was $B.a {named $B|called $B}, who $odd. "
           '{"How strange," thought $A.|$A had never seen anything like it.|$A hid and watched for a while.} {$B looked a little '
           'sad.|$B looked up and smiled.|} @brave:A "Hello," said $A. "{What are you doing|May I join you|My name is $A. Do you '
           'want to play}?"', s.pet_line())
    s.tell('"{I am new here, and I do not know anybody|We came here yesterday, and I miss my old home|I play alone because nobody '
           'asks me to play}," said $B. "{I know that feeling|Me too}," said $A. "{Come, I will show you everything|Let us play '
           'together|Let us be friends}."',
           "{$A showed $B the best places to hide.|$B taught $A a new game.|They {made a boat out of a leaf|built a house out of "
           "sticks|told each other jokes|drew pictures in the sand}.} {They laughed until their bellies hurt.|The hours flew "
           "by.|Soon it was as if they had always known each other.}")
    s.finish('When {the sun went down|it was time to go home}, $B asked, "{Will you come back tomorrow|Shall we play again '
             'tomorrow}?" @agree:A {After that, they met every day.|And so they became friends.}',
             moral="{A stranger can be a friend you do not know yet.|One hello can be the start of a friendship.|$A was not "
                 "lonely anymore.}")


def quarrel(s):
    s["A"] = s.cast.hero(0.55)
    s["B"] = s.cast.like(s["A"])
    s["toy"] = s.cast.toy()
    s.begin(friend=True)
    s.tell('{There|Under a tree|By the path}, they found $toy.a. "{It is mine! I saw it first|I want it}!" {said|cried} $A. "No, '
           'it is mine! I {picked it up|touched it first}!" {said|cried} $B. $A pulled on one side, and $B pulled on the other. '
           "Crack! The $toy {broke|was broken}." if s["toy"].noun not in ("scarf", "hat", "blanket", "mitten", "ribbon", "paper plane", "book") else
           '{There|Under a tree|By the path}, they found $toy.a. "{It is mine! I saw it first|I want it}!" {said|cried} $A. "No, '
           'it is mine! I {picked it up|touched it first}!" {said|cried} $B. $A pulled on one side, and $B pulled on the other. '
           "Rip! The $toy {tore|was torn} in two.")
    s.tell('"{Now look what you did|It is all your fault}!" {shouted|cried} $A. "{No, it is your fault|You did it}!" '
           "{shouted|cried} $B. They turned their backs and {walked away|went home without a word}.",
           "{At home|Later|That evening}, $A {was not happy|could not sleep|had no one to talk to}. {The day was long without "
           '$B.|It was very quiet without $B.} "A friend is worth more than a $toy," thought $A.')
    s.tell("{The next morning|Early the next day}, $A {went|ran} to see $B. {But $B was already on the way to $A!|$B was sitting "
           'outside.} @sorry:A "I am sorry too," said $B. {"Shall we mend it together?" asked $A.|"Let us mend it," said $B.|They '
           "sat down to mend the $toy together.} {They worked all morning.|It took some time.|They needed {glue|thread|string} and "
           "a lot of patience.}")
    s.finish("{In the end, the $toy was as good as new.|The $toy was not perfect, but it was theirs.|Now the $toy looked even "
             'better than before.} {They took turns with it.|"You first," said $A. "No, you first," said $B, and they both '
             "laughed.} {@happy:A|}", moral="{They never fought over a $toy again.|It takes two to quarrel and two to make peace.|Friends can mend "
        "almost anything.}")


def broken_vase(s):
    s["A"] = s.cast.hero(0.7)
    s["M"] = s.cast.elder(s["A"])
    s["vase"] = Thing(s.pick("vase", "cup", "plate", "lamp", "bowl", "teapot", "jar", "clock"),
        s.pick("blue", "white", "old", "beautiful", "green", "glass"))
    s["game"] = s.pick("throwing a ball", "jumping around", "chasing a fly", "dancing on a chair", "running in circles", "playing with a stick")
    opening = s.pick("$A.full lived $A.home.", "Once upon a time, there was $A.a named $A.", "There was $A.a named $A. @trait:A",
        "$A was $A.a. @trait:A")
    s.tell(opening, '{One rainy day|One day|One afternoon}, $A was $game inside. {$M had said, "Please do not play in the house." '
                    "But $A forgot.|$A knew it was not allowed.} Crash! $A.He {bumped into|hit} $M's $vase.full{, and it broke|. "
                    "It broke into many pieces}.")
    s.tell('"{Oh no|Oh dear}!" {said|whispered} $A. @scared:A {Quickly, $A.he {hid the pieces under the bed|swept the pieces under '
           "the rug|pushed the pieces behind the door}.|$A.He picked up the pieces and hid them.} {Soon|Later}, $M came in. "
           '"{Where is my $vase|What happened to my $vase}?" asked $M. "{I do not know|Maybe the wind did it}," said $A.')
    s.tell("But the lie {felt like a stone in $A's belly|made $A feel sick|would not let $A rest}. {$A could not eat $A.his "
           'supper.|$A could not play, and $A.he could not sleep.} {At last|In the evening}, $A went to $M. "{I must tell you '
           'something|I did not tell you the truth}," $A said. "I broke the $vase, and then I lied. I am sorry."',
           '$M {was quiet for a moment|looked at $A for a long time}. Then $M {smiled|gave $A a hug} and said, "{It takes courage '
           'to tell the truth|A $vase can be mended. A lie is harder to mend|I am sad about the $vase, but I am glad you told me}."')
    s.finish("{Together they glued the pieces.|Together they cleaned everything up.|The next day, $A helped to make a new one.|} "
             "{$A felt light again.|$A slept well that night.}",
             moral="{The truth is hard for a moment, but a lie is heavy all day.|From then on, $A told the truth, even when "
                 "it was hard.|}")


def afraid_of(s):
    s["A"] = s.cast.hero(0.55)
    s["B"] = s.cast.like(s["A"])
    fear, trouble, deed = s.pick(
        ("deep water", "$B fell into the water and could not swim", "jumped in and swam to $B as fast as $A.he could. $A pulled $B to the shore"),
        ("the dark", "$B was lost in a dark cave and called for help",
        "walked into the dark, one step at a time. $A followed the voice and led $B out into the light"),
        ("high places", "$B was stuck on a high rock and did not dare to move",
        "climbed up, one step at a time. $A did not look down, and $A.he led $B down again"),
        ("thunder", "a storm came and $B was still outside",
        "ran out into the storm. The thunder was loud, but $A ran on until $A.he found $B and brought $B home"),
        ("loud noises", "$B's wagon rolled down the street with a terrible noise",
        "ran toward the noise, held on to the wagon, and stopped it just in time"),
        ("big dogs", "a big dog stood in front of $B and would not let $B pass",
        "walked up and spoke softly to the big dog. The dog only wanted to play"),
        ("the deep forest", "$B did not come home from the deep forest",
        "went in between the tall trees. $A called and called until $B answered, and together they walked out"),
    )
    s["fear"] = fear
    s.begin(friend=True, hook="{$A was afraid of only one thing: $fear.|There was one thing that $A did not like: $fear.|$A was afraid "
        "of $fear, and some laughed at $A.him for it.}")
    s.tell('{"Do not worry," $B always said. "One day you will not be afraid."|"Everybody is afraid of something," $B told '
           "$A.him.} {But $A did not believe it.|$A was not so sure.}",
           "{One day|Then one day|That very day}, " + trouble + '. {"Help!" cried $B.|"Somebody help me!" cried $B.} {There was nobody else near.|Nobody else was there to '
               "help.}")
    s.tell("@scared:A But {$B was in trouble|$B needed help|$A thought of $B}. @brave:A {Then|So} $A " + deed + ".",
        '"{You did it|You came|You were so brave}!" said $B. "Were you not afraid of $fear?" "I {was|was very} '
        'afraid," said $A. "But {I was more afraid of losing you|you are my friend}."')
    s.finish("{They walked home together.|They held each other for a long time.|}",
        moral="{To be brave is to be afraid and do it anyway.|From that day on, $A was not so afraid of $fear "
        "anymore.|After that, nobody laughed at $A.}")


def boaster(s):
    s["A"] = s.cast.hero(0.3)
    s["B"] = s.cast.like(s["A"])
    s.begin(hook="$A was {not very fast|slow but steady|small}, but $A.he {never gave up|liked to try}.")
    s["goal"] = s.pick("the big oak tree", "the old bridge", "the mill", "the top of the hill", "the far side of the lake", "the tall rock")
    s.tell('$B.full {was very proud|liked to boast|thought a lot of $B.self}. "I am the fastest {of all|in the world|here}," $B '
           'said {every day|again and again}. "{Nobody can beat me|You will never beat me, $A}." "{Let us have a race|Then let us '
           'race}," said $A. "To $goal!"')
    s.tell('{Everyone came to watch.|A crow called, "Ready, steady, go!"|"One, two, three, go!"} $B {shot away|ran off} like the '
           "wind. {Soon $B was far ahead.|$B laughed and looked back.} {$A ran at a steady pace.|$A just kept going, step by step.}")
    if s.chance(0.5):
        s.tell('"{I have lots of time|This is too easy}," said $B, and {lay down under a tree|stopped to eat some berries|sat down '
               "to rest}. {The sun was warm, and soon $B was asleep.|$B closed $B.his eyes for a moment and fell asleep.} {Step by "
               "step|Slowly but surely}, $A {came closer|came nearer} and {passed by|went past}. When $B woke up, {it was too "
               "late|$A was almost there}. $B ran and ran, but $A {was first|won the race}!")
        s.tell('{Everyone cheered.|"Hurray for $A!" they all cried.} $B {was ashamed|looked at the ground}. "{You are the better '
               'runner today|I should not have boasted|I laughed at you, and that was wrong}," said $B. {"Let us run together '
               'tomorrow," said $A.|"It was a good race," said $A.}')
        s.finish("@happy:A", moral="{Slow and steady wins the race.|Those who boast too much run twice as far.|After that, $B did not boast "
            "anymore.}")
    else:
        s.tell('{But then|Suddenly}, $B {fell over a root|stepped into a hole} and hurt $B.his foot. "Ouch!" cried $B. $A {came '
               'closer and could have won|could have run past}. But $A stopped. "{Let me help you|Lean on me}," said $A. Side by '
               "side, they {walked|went} the rest of the way and came to $goal together.")
        s.tell('{"Why did you stop?" asked $B. "You could have won."|"You could have won," said $B.} "{A friend is better than a '
               'prize|I did not want to win like that|You needed help}," said $A.')
        s.finish("{$B never boasted again.|From then on, they were friends.|Everyone cheered for both of them.}",
            moral="{Some races are won together.|It is better to be kind than to be first.}")


def stage_fright(s):
    s["A"] = s.cast.hero(0.6)
    s["M"] = s.cast.elder(s["A"])
    skill, doing, done = s.pick(("sing", "singing", "sang"), ("dance", "dancing", "danced"),
        ("play the flute", "playing the flute", "played the flute"), ("tell stories", "telling stories", "told a story"),
        ("play the drum", "playing the drum", "played the drum"), ("recite poems", "reciting poems", "recited a poem"))
    s["skill"], s["doing"], s["done"] = skill, doing, done
    s["feast"] = s.pick("summer feast", "school show", "spring festival", "harvest feast", "winter party", "big fair")
    s.tell("{$A.full loved to $skill.|Once upon a time, there was $A.a named $A, who loved to $skill.|There was $A.a named $A. "
           "$A.He loved to $skill.} {$A.He did it in the morning and in the evening.|$A.He did it best when nobody was near.|But "
           '$A.he only did it when nobody could hear.} {Soon there would be a $feast.|One day, it was time for the $feast.} "Will '
           'you $skill for us?" asked $M.')
    s.tell('{"In front of everybody?" asked $A.|"But so many will look at me," said $A.} @scared:A "{What if I make a mistake|What '
           'if they laugh}?" "{Then you smile and go on|Look only at me|Think of one friend, and do it for that friend}," said $M. '
           "{$A practiced every day.|Every day, $A practiced in the {garden|barn|kitchen}.|}")
    s.tell("The day of the $feast came. {The whole village was there.|So many had come!} When $A stood in front, $A.his {mouth was "
           "dry|voice was gone|knees shook}. {It was very quiet.|Everyone waited.} Then $A saw $M, who nodded. @brave:A And $A "
           "$done. {At first it was very soft. Then it grew louder and better.|It began a little shaky, but soon $A forgot "
           "everything around $A.him.|Once $A.he made a mistake, but $A.he smiled and went on.}")
    s.finish('{When it was over, everyone clapped and cheered.|"Bravo! More!" they all shouted.|There was a moment of silence, and '
             "then everyone cheered.} @happy:A",
             moral="{A gift is for giving.|From then on, $A loved $doing for others.|Everyone who is brave begins with "
                 "shaking knees.}")


def new_school(s):
    s["A"] = s.cast.child()
    s["B"] = s.cast.child()
    s["M"] = s.cast.elder(s["A"])
    s.tell("{It was the first day of school.|Today was the first day at a new school.} {$A, $A.a, held on to $M's coat.|$A was "
           '$A.a, and $A.he did not want to go.|$A had a new bag and new shoes, but $A.his belly felt funny.} "{What if nobody '
           'likes me|What if I get lost|What if I am all alone}?" asked $A. "{Just be yourself|You only need one hello|Give it a '
           'day}," said $M.')
    s.tell("In the classroom, {everyone talked and laughed|it was loud and bright|all the others knew each other}. $A sat down {in "
           "the last row|by the window|in a corner}. @sad:A {At lunch, $A looked into $A.his bag. $A.His sandwich was gone!|Then "
           "$A's pencil broke.|Then $A could not find the right page.} {A tear fell on the desk.|$A wished to be at home.}")
    s["gift"] = "{half of a sandwich|an apple}"
    s.tell('"{Here, take this|You can have mine}," said a {voice|soft voice}. It was $B.a with {red hair|curly hair|glasses|a gap '
           'between two teeth|a green coat}. "I am $B. {I was new once too|It is my first day as well}."',
           '{$A dried $A.his eyes and smiled.|"Thank you," said $A. "I am $A."} {At recess, they jumped rope.|At recess, they ran '
           "to the big tree and back.|In the afternoon, they drew a {dragon|ship|castle} together.} {They found out that they both "
           "liked {frogs|stars|trains|pancakes}.|}")
    s.finish('When $M came to the gate, $A {was laughing|did not want to leave}. "{Well, how was it|How was your day}?" asked $M. '
             '"{I have a friend|I want to come back tomorrow}!" said $A.',
             moral="{One friend can change a whole day.|And the next morning, $A was the first one at the door.|}")


def sick_friend(s):
    s["A"] = s.cast.hero(0.5)
    s["B"] = s.cast.like(s["A"])
    s.begin(friend=True, hook='But {today|one day}, $B did not come. "{Where is $B|Why is $B not here}?" {wondered|asked} $A.')
    s.tell("$A {went|ran} to $B's home. {$B lay in bed with a red nose.|$B was in bed and had a cold.|$B was ill and had to stay "
           'in bed.} "{I cannot come out and play|I feel weak and it is so boring}," said $B{ in a small voice|}. @think:A')
    gifts = s.rng.sample(["made a pot of hot soup", "picked a bunch of flowers", "brought a warm blanket", "drew a funny picture",
        "made tea with honey", "brought a bag of oranges", "caught some sunshine in a mirror and let it dance on the wall"], 2)
    s.tell("{First|In the morning}, $A " + gifts[0] + ". {Then|After that}, $A.he " + gifts[1] + ". {$A sat by the bed and told $B a story about {a flying pig|a whale who was afraid of water|a snail that "
        'won a race|the moon and a mouse}.|$A sang a silly song until $B laughed.} {"That is the best medicine," '
        'said $B.|"I feel better already," said $B.}',
           "$A came {every day|the next day and the next}. {And each day, $B was a little stronger.|Little by little, $B got well.}")
    s.finish('{At last|One morning}, $B {jumped out of bed|stood in front of $A\'s door}. "{I am well again|Let us go and play}!" '
             "$B {cried|called}. @happy:A" ,
             moral='{A good friend is good medicine.|"Next time you are ill, I will come to you," said $B.|Being there is the '
                 "best gift.}")


PLOTS = [(sharing, "sharing"), (new_friend, "friendship"), (quarrel, "two friends who quarrel"), (broken_vase, "telling the truth"),
    (afraid_of, "courage"), (boaster, "a race"),
         (stage_fright, "a shy singer"), (new_school, "the first day of school"), (sick_friend, "a good friend")]
