namespace Exo.Engine.Chat.Jinja;

/// <summary>Parses what values are assigned to: names, namespace attributes, and tuples of them.</summary>
internal sealed class TargetParser(ParseState state)
{
    /// <param name="takesNamespace">Whether <c>ns.name</c> is a target here.</param>
    /// <param name="isParameter">Whether the name belongs to an inner scope of its own, as in <c>with</c>.</param>
    public Target Parse(bool takesNamespace = false, bool isParameter = false) =>
        ParseTuple(takesNamespace, isParameter, inBrackets: false);

    private Target ParseTuple(bool takesNamespace, bool isParameter, bool inBrackets)
    {
        var line = state.Current.Line;
        var targets = new List<Target>();
        var isTuple = false;
        while (!AtEnd(inBrackets))
        {
            targets.Add(ParseSingle(takesNamespace, isParameter));
            if (!state.SkipOperator(",")) break;
            isTuple = true;
        }

        if (targets.Count == 0) throw state.Unexpected("a name to assign to");
        return isTuple ? new TupleTarget(line, targets) : targets[0];
    }

    private bool AtEnd(bool inBrackets) =>
        inBrackets ? state.Current.IsOperator(")") : state.Current.IsName("in") || state.Current.Kind == TokenKind.BlockEnd;

    private Target ParseSingle(bool takesNamespace, bool isParameter)
    {
        var line = state.Current.Line;
        if (state.SkipOperator("("))
        {
            state.Enter();
            var inner = ParseTuple(takesNamespace, isParameter, inBrackets: true);
            state.Leave();
            state.Expect(")");
            return inner;
        }

        if (state.Current.Text is "true" or "false" or "none" or "True" or "False" or "None")
            throw TemplateError.Syntax($"can't assign to '{state.Current.Text}'", line);
        var name = state.TakeName();
        if (takesNamespace && state.SkipOperator("."))
        {
            state.Mention(name);
            return new NamespaceTarget(line, name, state.TakeName());
        }

        if (!isParameter) state.Store(name);
        return new NameTarget(line, name);
    }
}
