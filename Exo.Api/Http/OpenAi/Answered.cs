namespace Exo.Api.Http.OpenAi;

/// <summary>What every answer in OpenAI's shape carries.</summary>
internal sealed class Answered(string prefix, string model, TimeProvider time)
{
    private readonly Dictionary<int, AnswerUsage> _usages = [];

    public string Id { get; } = $"{prefix}-{Guid.NewGuid():N}";

    /// <summary>Seconds since 1970.</summary>
    public long Created { get; } = time.GetUtcNow().ToUnixTimeSeconds();

    public string Model { get; } = model;

    /// <summary>Changes when Exo does: until then the same request and seed give the same answer.</summary>
    public static string Fingerprint { get; } = $"exo-{typeof(Answered).Assembly.GetName().Version!.ToString(3)}";

    public void Note(ChoiceEvent next)
    {
        if (next.Event.Usage is { } usage) _usages[next.Index] = usage;
    }

    /// <summary>All choices together; each prompt once, however many answers it got.</summary>
    /// <param name="n">Answers to each prompt.</param>
    public CompletionUsage Usage(int n)
    {
        var prompts = _usages.Where(usage => usage.Key % n == 0).Select(usage => usage.Value).ToArray();
        var prompt = prompts.Sum(usage => usage.PromptTokens);
        var completion = _usages.Values.Sum(usage => usage.CompletionTokens);
        return new CompletionUsage(prompt, completion, prompt + completion, new PromptTokensDetails(prompts.Sum(usage => usage.CachedTokens)));
    }

    public static string Reason(FinishReason reason) => reason == FinishReason.Length ? "length" : "stop";
}
