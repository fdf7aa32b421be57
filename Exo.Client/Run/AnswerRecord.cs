using System.Diagnostics;
using System.Text;
using Exo.Api;

namespace Exo.Client.Run;

/// <summary>Gathers an answer as it comes, with what is needed to say how it went even where it was broken off.</summary>
internal sealed class AnswerRecord
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly StringBuilder _text = new();
    private readonly List<AnswerToken> _tokens = [];
    private TimeSpan? _firstToken;
    private TimeSpan _lastToken;

    public string Text => _text.ToString();

    public IReadOnlyList<AnswerToken> Tokens => _tokens;

    public IReadOnlyList<IReadOnlyList<TokenLikelihood>> PromptTopLogprobs { get; private set; } = [];

    public FinishReason FinishReason { get; private set; } = FinishReason.Cancelled;

    /// <summary>Null where the answer was broken off.</summary>
    public AnswerUsage? Usage { get; private set; }

    public int PromptTokens { get; private set; }

    /// <summary>Measured where the answer came from, here where it was broken off.</summary>
    public double PrefillSeconds => Usage?.PrefillSeconds ?? (_firstToken ?? Stopwatch.GetElapsedTime(_start)).TotalSeconds;

    /// <summary>Measured where the answer came from, here where it was broken off.</summary>
    public double DecodeSeconds => Usage?.DecodeSeconds ?? (_lastToken - (_firstToken ?? _lastToken)).TotalSeconds;

    /// <summary>The context ended the answer, not a limit that was asked for.</summary>
    public bool IsContextFull => FinishReason == FinishReason.Length && Usage is { } usage && usage.PromptTokens + usage.CompletionTokens >= usage.ContextLength;

    public void Add(AnswerEvent next)
    {
        _text.Append(next.Text);
        _tokens.AddRange(next.Tokens);
        if (next.Tokens.Count > 0)
        {
            _lastToken = Stopwatch.GetElapsedTime(_start);
            _firstToken ??= _lastToken;
        }
        PromptTokens = next.PromptTokens ?? PromptTokens;
        PromptTopLogprobs = next.PromptTopLogprobs ?? PromptTopLogprobs;
        FinishReason = next.FinishReason ?? FinishReason;
        Usage = next.Usage ?? Usage;
    }
}
