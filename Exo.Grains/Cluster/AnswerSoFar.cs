using Exo.Api;

namespace Exo.Grains.Cluster;

/// <summary>
/// What of an answer its reader has. A run that begins the answer again tells the same events from the start; this passes over what was delivered
/// and lets through what is new, so that no token and no character comes twice or never.
/// </summary>
internal sealed class AnswerSoFar
{
    private readonly List<int> _tokens = [];
    private int _textLength;
    private bool _hasPromptTokens;
    private bool _hasPrompt;
    private bool _hasPromptLogprobs;
    private int _runTokens;
    private int _runTextLength;

    /// <summary>The tokens delivered.</summary>
    public IReadOnlyList<int> Tokens => _tokens;

    /// <summary>The last event was delivered.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Another run begins with the answer's first event.</summary>
    public void BeginRun() => (_runTokens, _runTextLength) = (0, 0);

    /// <summary>What of a run's event is new; null where nothing is.</summary>
    public AnswerEvent? Take(AnswerEvent next)
    {
        var knownTokens = Math.Min(next.Tokens.Count, _tokens.Count - _runTokens);
        var knownText = Math.Min(next.Text.Length, _textLength - _runTextLength);
        _runTokens += next.Tokens.Count;
        _runTextLength += next.Text.Length;
        var fresh = next with
        {
            Text = next.Text[knownText..],
            Tokens = knownTokens == 0 ? next.Tokens : [.. next.Tokens.Skip(knownTokens)],
            PromptTokens = _hasPromptTokens ? null : next.PromptTokens,
            Prompt = _hasPrompt ? null : next.Prompt,
            PromptTopLogprobs = _hasPromptLogprobs ? null : next.PromptTopLogprobs,
        };
        _textLength += fresh.Text.Length;
        foreach (var token in fresh.Tokens) _tokens.Add(token.Id);
        _hasPromptTokens |= next.PromptTokens is not null;
        _hasPrompt |= next.Prompt is not null;
        _hasPromptLogprobs |= next.PromptTopLogprobs is not null;
        HasEnded |= next.FinishReason is not null;
        return IsEmpty(fresh) ? null : fresh;
    }

    private static bool IsEmpty(AnswerEvent part) =>
        part is { Text: "", Tokens.Count: 0, PromptTokens: null, Prompt: null, PromptTopLogprobs: null, FinishReason: null };
}
