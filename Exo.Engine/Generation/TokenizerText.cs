using Exo.Engine.Tokenization;

namespace Exo.Engine.Generation;

/// <summary>An answer's text by the model's tokenizer.</summary>
internal sealed class TokenizerText(DetokenizerStream stream) : ITextStream
{
    /// <summary>Tokens of the prompt that the stream is shown: enough for a character that the prompt leaves incomplete.</summary>
    private const int PromptTail = 16;

    /// <summary>The stream of one request's answer; of a model without a tokenizer, one that stays silent.</summary>
    public static ITextStream Of(Tokenizer? tokenizer, GenerationRequest request)
    {
        if (tokenizer is null) return new Silence();
        int[] tail = [.. request.Prompt.Skip(request.Prompt.Count - PromptTail)];
        return new TokenizerText(tokenizer.CreateStream(request.SkipSpecialTokens, tail));
    }

    public string Append(int tokenId) => stream.Append(tokenId);

    public string Flush() => stream.Flush();

    private sealed class Silence : ITextStream
    {
        public string Append(int tokenId) => "";

        public string Flush() => "";
    }
}
