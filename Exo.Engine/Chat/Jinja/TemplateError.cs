namespace Exo.Engine.Chat.Jinja;

/// <summary>A failure inside the interpreter. It becomes a <see cref="ChatTemplateException"/> at the room's door.</summary>
/// <param name="line">Line of the template from 1, or 0: the line being rendered.</param>
internal sealed class TemplateError(string problem, ChatTemplateFault fault = ChatTemplateFault.Evaluation, int line = 0)
    : Exception(problem)
{
    public ChatTemplateFault Fault { get; } = fault;

    public int Line { get; } = line;

    public static TemplateError Syntax(string problem, int line) => new(problem, ChatTemplateFault.Syntax, line);

    public static TemplateError Limit(string problem, int line = 0) => new(problem, ChatTemplateFault.Limit, line);
}
