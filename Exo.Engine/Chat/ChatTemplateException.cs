namespace Exo.Engine.Chat;

/// <summary>A chat template that cannot be parsed, or that gives no text for this conversation.</summary>
public sealed class ChatTemplateException : Exception
{
    /// <summary>Characters of a problem's text; a template may raise one as long as its input.</summary>
    private const int LongestProblem = 2000;

    internal ChatTemplateException(ChatTemplateFault fault, string problem, int line, Exception? inner = null)
        : base(line > 0 ? $"chat template, line {line}: {Shorten(problem)}" : $"chat template: {Shorten(problem)}", inner)
    {
        Fault = fault;
        Problem = Shorten(problem);
        Line = line > 0 ? line : null;
    }

    /// <summary>
    /// What kind of failure: <see cref="ChatTemplateFault.Refused"/> is the conversation's, the others the template's or its input's.
    /// </summary>
    public ChatTemplateFault Fault { get; }

    /// <summary>The failure alone, without the place; for <see cref="ChatTemplateFault.Refused"/> the template's own words.</summary>
    public string Problem { get; }

    /// <summary>The line of the template, from 1; null where the failure lies outside it.</summary>
    public int? Line { get; }

    private static string Shorten(string problem) => problem.Length <= LongestProblem ? problem : problem[..LongestProblem] + "…";
}
