using System.Globalization;
using System.Numerics;

namespace Exo.Engine.Chat.Jinja;

/// <summary>What operators stand between: literals, names, brackets, and the members, elements and calls that follow them.</summary>
internal sealed partial class ExpressionParser
{
    private Expression ParsePrimary()
    {
        var token = state.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                state.Take();
                return ParseName(token);
            case TokenKind.String:
                var parts = new List<string>();
                while (state.Current.Kind == TokenKind.String) parts.Add(state.Take().Text);
                return new Constant(token.Line, new StringValue(string.Concat(parts)));
            case TokenKind.Integer:
                return Integer(state.Take());
            case TokenKind.Float:
                state.Take();
                return new Constant(token.Line, new FloatValue(double.Parse(token.Text, CultureInfo.InvariantCulture)));
            case TokenKind.Operator when token.Text is "(" or "[" or "{":
                return ParseBracketed(token);
            default:
                throw state.Unexpected("an expression");
        }
    }

    private static Constant Integer(Token token) => new(token.Line, IntValue.Of(BigInteger.Parse(token.Text, CultureInfo.InvariantCulture)));

    private Expression ParseName(Token token)
    {
        switch (token.Text)
        {
            case "true" or "True": return new Constant(token.Line, BoolValue.True);
            case "false" or "False": return new Constant(token.Line, BoolValue.False);
            case "none" or "None": return new Constant(token.Line, NoneValue.None);
        }

        state.Mention(token.Text);
        return new Name(token.Line, token.Text);
    }

    private Expression ParseBracketed(Token opening)
    {
        state.Take();
        if (opening.Text == "[") return new ListDisplay(opening.Line, ParseItems("]", () => Parse()));
        if (opening.Text == "{") return new DictDisplay(opening.Line, ParseItems("}", ParsePair));
        var inner = ParseTuple(inBrackets: true);
        state.Expect(")");
        return inner;
    }

    private (Expression Key, Expression Value) ParsePair()
    {
        var key = Parse();
        state.Expect(":");
        return (key, Parse());
    }

    private Expression ParsePostfix(Expression expression)
    {
        while (true)
        {
            var token = state.Current;
            if (state.SkipOperator(".")) expression = ParseMember(expression, token.Line);
            else if (state.SkipOperator("[")) expression = ParseSubscript(expression, token.Line);
            else if (token.IsOperator("(")) expression = new Call(token.Line, expression, ParseArguments());
            else return expression;
        }
    }

    private Expression ParseMember(Expression owner, int line)
    {
        var member = state.Take();
        return member.Kind switch
        {
            TokenKind.Integer => new ItemLookup(line, owner, Integer(member)),
            TokenKind.Name => new AttributeLookup(line, owner, member.Text),
            _ => throw TemplateError.Syntax($"unexpected {member.Description}, expected a name or number", member.Line),
        };
    }

    private Expression ParseSubscript(Expression owner, int line)
    {
        if (state.Current.IsOperator(":")) return ParseSlice(owner, line, start: null);
        var first = Parse();
        if (state.Current.IsOperator(":")) return ParseSlice(owner, line, first);
        if (state.SkipOperator("]")) return new ItemLookup(line, owner, first);
        List<Expression> keys = [first];
        while (!state.SkipOperator("]"))
        {
            state.Expect(",");
            if (!state.Current.IsOperator("]")) keys.Add(Parse());
        }

        return new ItemLookup(line, owner, new TupleDisplay(line, keys));
    }

    private SliceLookup ParseSlice(Expression owner, int line, Expression? start)
    {
        state.Expect(":");
        var stop = ParseBound();
        var step = state.SkipOperator(":") ? ParseBound() : null;
        state.Expect("]");
        return new SliceLookup(line, owner, start, stop, step);
    }

    private Expression? ParseBound() => state.Current is { Kind: TokenKind.Operator, Text: ":" or "]" } ? null : Parse();

    /// <summary>Items with commas between them up to <paramref name="closing"/>; a comma may follow the last.</summary>
    private List<T> ParseItems<T>(string closing, Func<T> parse)
    {
        var items = new List<T>();
        while (!state.SkipOperator(closing))
        {
            if (items.Count > 0) state.Expect(",");
            if (state.SkipOperator(closing)) break;
            items.Add(parse());
        }

        return items;
    }
}
