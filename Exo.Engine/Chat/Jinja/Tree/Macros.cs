namespace Exo.Engine.Chat.Jinja;

/// <summary>What a macro or call block is made of, apart from the scope it closes over.</summary>
/// <param name="Name">Null: the body of a call block.</param>
/// <param name="UsesCaller">Whether the body mentions <c>caller</c>, and likewise the others: only then may such arguments be given.</param>
internal sealed record MacroShape(
    string? Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, Body Body, bool UsesCaller, bool UsesVarargs, bool UsesKwargs);

/// <summary><c>{% macro name(a, b=1) %} … {% endmacro %}</c>.</summary>
internal sealed class Macro(MacroShape shape) : Statement
{
    public override Flow Execute(Scope scope, TextBuilder output, Rendering rendering)
    {
        scope.Set(shape.Name!, new MacroValue(shape, scope));
        return Flow.Next;
    }
}

/// <summary><c>{% call(a) macro(…) %} … {% endcall %}</c>: the macro can write the block's text by calling <c>caller(…)</c>.</summary>
internal sealed class CallBlock(Call call, MacroShape caller) : Statement
{
    public override Flow Execute(Scope scope, TextBuilder output, Rendering rendering)
    {
        call.Invoke(scope, rendering, new MacroValue(caller, scope)).WriteText(output);
        return Flow.Next;
    }
}
