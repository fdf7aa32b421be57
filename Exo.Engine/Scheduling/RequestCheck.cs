using Exo.Engine.Generation;

namespace Exo.Engine.Scheduling;

/// <summary>Holds a request against a model before anything is computed.</summary>
internal static class RequestCheck
{
    /// <exception cref="ArgumentException">The request cannot be served; the message has the values.</exception>
    public static void Check(GenerationRequest request, int vocabSize, int contextLength)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Prompt.Count == 0) throw new ArgumentException("The prompt has no tokens; at least one is needed.", nameof(request));
        if (request.Prompt.Count > contextLength)
            throw new ArgumentException($"The prompt has {request.Prompt.Count} tokens, the context holds {contextLength}. Shorten the prompt or load the model with a longer context.", nameof(request));

        if (request.Prompt.Count + request.Known.Count > contextLength)
            throw new ArgumentException($"The prompt has {request.Prompt.Count} tokens and its answer {request.Known.Count} already; the context holds {contextLength}.", nameof(request));

        foreach (var id in request.Prompt) CheckToken(id, vocabSize, "The prompt holds");
        foreach (var id in request.Known) CheckToken(id, vocabSize, $"{nameof(request.Known)} holds");
        foreach (var id in request.StopTokenIds) CheckToken(id, vocabSize, $"{nameof(request.StopTokenIds)} names");
        foreach (var (id, _) in request.Sampling.LogitBias) CheckToken(id, vocabSize, $"{nameof(SamplingOptions.LogitBias)} names");
        foreach (var stop in request.Stops)
        {
            if (string.IsNullOrEmpty(stop)) throw new ArgumentException($"{nameof(request.Stops)} holds an empty text; every answer would end at once.", nameof(request));
        }

        request.Sampling.Validate();
        CheckCount(request.MaxTokens ?? 0, nameof(request.MaxTokens));
        CheckCount(request.TopLogprobs, nameof(request.TopLogprobs));
        CheckCount(request.PromptTopLogprobs, nameof(request.PromptTopLogprobs));
    }

    private static void CheckToken(int id, int vocabSize, string what)
    {
        if ((uint)id >= (uint)vocabSize) throw new ArgumentException($"{what} token {id}; the model has tokens 0 to {vocabSize - 1}.", nameof(GenerationRequest));
    }

    private static void CheckCount(int value, string option)
    {
        if (value < 0) throw new ArgumentOutOfRangeException(option, value, $"{option} must be 0 or more.");
    }
}
