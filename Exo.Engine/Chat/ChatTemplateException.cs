namespace Exo.Engine.Chat;

/// <summary>A chat template that cannot be parsed, or that gives no text for this conversation.</summary>
public sealed class ChatTemplateException : Exception
{
    internal ChatTemplateException(ChatTemplateFault fault, string problem, int line, Exception? inner = null)
        : base(line > 0 ? $"chat template, line {line}: {problem}" : $"chat template: {problem}", inner)
    {
        Fault = fault;
        Problem = problem;
        Line = line > 0 ? line : null;
    }

    /// <summary>What kind of failure: <see cref="ChatTemplateFault.Refused"/> is the conversation's, the others the template's or its input's.</summary>
    public ChatTemplateFault Fault { get; }

    /// <summary>The failure alone, without the place; for <see cref="ChatTemplateFault.Refused"/> the template's own words.</summary>
    public string Problem { get; }

    /// <summary>The line of the template, from 1; null where the failure lies outside it.</summary>
    public int? Line { get; }
}
