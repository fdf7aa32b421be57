using Exo.Engine.Tokenization.Gguf;
using Exo.Engine.Tokenization.Patterns;
using FsCheck;
using FsCheck.Fluent;

namespace Exo.Tests.Engine.Tokenization.Patterns;

public sealed class GeneralPatternTests
{
    [Theory]
    [InlineData("a", "banana", "a a a")]
    [InlineData("a|ab|b", "ab", "a b")] // The first alternative, not the longest.
    [InlineData("(?:ab|a)(?:c|bcd)?", "abcd", "abc")]
    [InlineData("a{2,3}", "aaaaa", "aaa aa")]
    [InlineData("a{2,3}?", "aaaaa", "aa aa")]
    [InlineData("a{2}b|x{,2}y|z{1,}", "aabxxyzz", "aab xxy zz")]
    [InlineData("a{x}", "a{x}", "a{x}")] // No interval, so a literal brace.
    [InlineData("a*?b", "aab", "aab")]
    [InlineData("a++a|b", "aab", "b")] // Possessive: nothing is given back.
    [InlineData("(?>a+)b|a", "aaab", "aaab")]
    [InlineData("(?:a|b)*+c", "abac", "abac")]
    [InlineData("foo(?=bar)", "foobar foobaz", "foo")]
    [InlineData("foo(?!bar)", "foobar foobaz", "foo")]
    [InlineData("(?<=a)b|(?<!a)c", "ab cb ac", "b c")]
    [InlineData("(?<=ab|x)c", "abc xc bc", "c c")]
    [InlineData("(?i:ab)c", "ABc ABC", "ABc")]
    [InlineData("(?i)straße", "STRASSE Straße STRAẞE", "Straße STRAẞE")]
    [InlineData("(?i)[k-l]σ", "Kς LΣ", "Kς LΣ")] // The Kelvin sign.
    [InlineData(@"\p{Lu}\P{Lu}", "Ab ÄÖü", "Ab Öü")]
    [InlineData(@"\p{^L}+", "ab12cd", "12")]
    [InlineData(@"[^\p{L}\s]+", "ab12 c!", "12 !")]
    [InlineData(@"[a-z&&[^aeiou]]+", "hello", "h ll")]
    [InlineData(@"[\p{L}&&[^\p{Han}]]+|\p{Han}+", "ab中文cd", "ab 中文 cd")]
    [InlineData(@"[[:digit:][:upper:]]+", "aB1c", "B1")]
    [InlineData(@"[]a-]+", "]-a", "]-a")]
    [InlineData(@"[\x{1F600}-\x{1F64F}]", "a😀b", "😀")]
    [InlineData(@"\x41\u0042\.\n", "AB.\n", "AB.\n")]
    [InlineData("^a|b$", "a\nab\nb", "a a b b")] // ^ and $ are about lines.
    [InlineData(@"\Aa|b\z", "aba\nab", "a b")]
    [InlineData(@"\bfoo\b", "foo food foo²", "foo")] // A superscript is a word character to Oniguruma.
    [InlineData(".", "a\n😀", "a 😀")]
    [InlineData("(?m).", "a\n", "a \n")] // Ruby's (?m): the dot takes line breaks.
    [InlineData(@"\S+$", "ab \nc d", "d")]
    [InlineData(@"[a-z ]+$", "ab c\nd", "ab c d")]
    [InlineData("a # no comment", "a # no comment", "a # no comment")]
    [InlineData("(?x) a b # comment", "ab", "ab")]
    public void FindAll_Syntax_MeansWhatOnigurumaMeans(string pattern, string text, string matches) =>
        Assert.Equal(matches, string.Join(' ', Matches(pattern, text)));

    [Fact]
    public void FindAll_EmptyMatches_AreFoundOnceAndMoveOn()
    {
        Assert.Equal([(0, 0), (1, 0), (2, 0)], Spans(@"x*", "ab"));
        Assert.Equal([(1, 0), (4, 0)], Spans(@"(?=(?:\d{3})+(?!\d))", "1234567"));
        Assert.Equal([(0, 0), (2, 0)], Spans("", "🙂")); // Not between the halves of a pair.
    }

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("[a")]
    [InlineData("a**?+*?+*?+*?+*?+*?+*?+*?+*?+")]
    [InlineData("*a")]
    [InlineData(@"\")]
    [InlineData(@"\p{Klingon}")]
    [InlineData(@"\pL")]
    [InlineData(@"\q")]
    [InlineData(@"\1")]
    [InlineData("[b-a]")]
    [InlineData("a{3,2}")]
    [InlineData("(?<=a+)b")]
    [InlineData("(?~a)")]
    [InlineData(@"\x{110000}")]
    [InlineData("(?:a{1000}b){10000}")]
    public void Compile_UnreadablePattern_IsRefused(string pattern) => Assert.Throws<FormatException>(() => new GeneralPattern(pattern));

    [Fact]
    public void Compile_RepeatedNothing_IsNothing() => Assert.Equal(["aa"], Matches("(?:(?:){2000000000}){2000000000}a{2}", "aa"));

    [Fact]
    public void Compile_DeepNesting_IsRefusedNotOverflown() =>
        Assert.Throws<FormatException>(() => new GeneralPattern(new string('(', 100_000)));

    [Fact]
    public void Compile_AnyText_CompilesOrIsRefused() =>
        Prop.ForAll(Gen.Elements("ab|()[]{}?*+\\.^$-&:=!<>iPp{L}123,xsd".ToCharArray()).ArrayOf().ToArbitrary(), chars =>
        {
            try
            {
                new GeneralPattern(new string(chars)).FindAll("ab12 \n-ABé🙂", 0, new SpanList());
            }
            catch (Exception expected) when (expected is FormatException or TimeoutException)
            {
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Theory]
    [InlineData(@"(a+)+\z")]
    [InlineData(@"(a|a)*\z")]
    [InlineData(@"(?:a*)*\z")]
    [InlineData(@"(?=(a+)+b)a")]
    public void FindAll_HostilePattern_GivesUp(string pattern) =>
        Assert.Throws<TimeoutException>(() => Matches(pattern, new string('a', 20_000) + "!"));

    [Theory]
    [InlineData(@"\s+$")] // At every start the run would be taken and given back char by char.
    [InlineData(@"\s+(?!\S)|\s+")]
    [InlineData(@"\s*[\r\n]+|\s+")]
    [InlineData(@" ?\p{L}+|\s+x")]
    public void FindAll_LongRuns_TakeStepsInProportionToTheText(string pattern)
    {
        // The machine gives up past 500 steps per char; half a million spaces would need as many for each of them.
        var spaces = new string(' ', 500_000) + "x";

        Matches(pattern, spaces);
    }

    [Fact]
    public void Named_EveryPreTokenizerOfLlamaCpp_Compiles()
    {
        string[] names =
        [
            "default", "llama-bpe", "dbrx", "minicpm5", "gpt-2", "starcoder", "falcon", "qwen2", "qwen35", "deepseek-llm", "deepseek-coder", "deepseek-v3", "tekken", "gpt-4o", "llama4", "tiny_aya", "kimi-k2",
            "superbpe", "bailingmoe", "seed-coder", "ufakzeka", "exaone-moe", "laguna", "bloom", "viking", "chameleon", "gemma4", "smollm", "command-r", "refact", "mpt", "phi-2", "granite-embed-multi-97m",
        ];
        var text = "Hello World's 12345 ÄÖ中文あ 🙂𠀀\n\n  x";

        foreach (var name in names)
        {
            var tokens = new Exo.Engine.Tokenization.PreTokenizers.PreTokens();
            tokens.Start(text, new(0, text.Length), atStart: true);
            foreach (var step in GgufPreTokenizer.Named(name)!.Steps())
                step.Apply(tokens);
            Assert.Equal(text, string.Concat(tokens.Words.ToArray().Select(word => tokens.Text.Substring(word.Start, word.Length))));
        }
        Assert.Null(GgufPreTokenizer.Named("no-such-name"));
    }

    private static IEnumerable<string> Matches(string pattern, string text) => Spans(pattern, text).Select(span => text.Substring(span.Start, span.Length));

    private static List<(int Start, int Length)> Spans(string pattern, string text)
    {
        var matches = new SpanList();
        new GeneralPattern(pattern).FindAll(text, 0, matches);
        return [.. matches.Span.ToArray().Select(match => (match.Start, match.Length))];
    }
}
