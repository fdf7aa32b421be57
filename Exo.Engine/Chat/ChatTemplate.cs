using Exo.Engine.Chat.Jinja;

namespace Exo.Engine.Chat;

/// <summary>
/// A model's chat template: turns a conversation into the text the model was trained to continue. Hugging Face writes these in Jinja2,
/// with trimmed blocks, loop controls and functions of its own, and renders them in a sandbox; so does this. Parsed once, it renders any
/// number of times, from several threads at once. It does not know where a reply ends: that is the generation's configuration.
/// </summary>
public sealed class ChatTemplate
{
    private static readonly string[] OptionalLists = ["tools", "documents"];

    private readonly Template _template;
    private readonly Lazy<bool> _supportsSystem;
    private readonly Lazy<bool> _supportsTools;

    /// <param name="source">The template's text, as in <c>chat_template</c> of tokenizer_config.json or in chat_template.jinja.</param>
    /// <exception cref="ChatTemplateException">Bad syntax; it names line and problem.</exception>
    public ChatTemplate(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            _template = Template.Parse(source);
        }
        catch (TemplateError error)
        {
            throw new ChatTemplateException(error.Fault, error.Message, error.Line, error);
        }

        _supportsSystem = new(() => ChatTemplateProbe.SupportsSystem(this));
        _supportsTools = new(() => ChatTemplateProbe.SupportsTools(this));
    }

    /// <summary>Whether a system turn's text reaches the model. If not, the template drops or refuses it, and the caller should say so.</summary>
    public bool SupportsSystem => _supportsSystem.Value;

    /// <summary>Whether the tools' names reach the model.</summary>
    public bool SupportsTools => _supportsTools.Value;

    /// <summary>The conversation as text.</summary>
    /// <exception cref="ChatTemplateException">The template refuses the conversation, cannot handle it, or does more than it may.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public string Render(ChatTemplateInput input, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        cancellationToken.ThrowIfCancellationRequested();
        var json = new JsonInput();
        Rendering? rendering = null;
        try
        {
            var scope = Variables(input, json);
            rendering = new Rendering(json.Characters, input.Now, cancellationToken);
            return _template.Body.Capture(scope, rendering, out _);
        }
        catch (TemplateError error)
        {
            throw new ChatTemplateException(error.Fault, error.Message, error.Line > 0 ? error.Line : rendering?.Line ?? 0, error);
        }
    }

    /// <summary>The names the template sees. Those of the input's own members win over its other variables.</summary>
    private Scope Variables(ChatTemplateInput input, JsonInput json)
    {
        var scope = new Scope(Functions.Scope);
        foreach (var name in OptionalLists)
        {
            // Hugging Face always passes these two, none where there are none; other renderers leave them undefined. A template that only
            // ever asks for none relies on the first; every other is served by the second.
            if (_template.AskedNone.Contains(name) && !_template.AskedDefined.Contains(name)) scope.Set(name, NoneValue.None);
        }

        if (input.BosToken is not null) scope.Set("bos_token", json.Text(input.BosToken));
        if (input.EosToken is not null) scope.Set("eos_token", json.Text(input.EosToken));
        foreach (var (name, value) in input.Variables) scope.Set(name, json.Read(value, $"the variable '{name}'"));
        if (input.Tools is not null) scope.Set("tools", json.ReadList(input.Tools, "tool"));
        scope.Set("messages", json.ReadList(input.Messages, "message"));
        scope.Set("add_generation_prompt", BoolValue.Of(input.AddGenerationPrompt));
        return scope;
    }
}
