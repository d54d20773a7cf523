namespace Hedge.Host.Lua.Compilers;

/// <summary>
/// Compiles an assignment. Values are all computed first, then stored from the last to the first.
/// </summary>
internal sealed class Assignment(Parser parser, ExpressionParser expressions, Lexer lexer)
{
    private readonly List<Expression> _targets = [];

    public void Read(Expression first)
    {
        FunctionBuilder f = parser.Function;
        _targets.Add(first);
        CheckTarget(first);
        while (parser.Accept(','))
        {
            Expression next = expressions.Primary();
            if (next.Kind == ExpressionKind.Local) AvoidConflict(next);
            f.CheckLimit(_targets.Count, Parser.LevelsMax, "variables in assignment");
            _targets.Add(next);
            CheckTarget(next);
        }

        parser.Check('=');
        Expression e = expressions.ReadList(out int values);
        int at = _targets.Count - 1;
        if (values == _targets.Count)
        {
            parser.Codes.SetOneResult(e);
            parser.Codes.Store(_targets[at--], e);
        }
        else
        {
            Adjust(e, values);
        }

        for (; at >= 0; at--)
            parser.Codes.Store(_targets[at], new Expression(ExpressionKind.Register, f.FreeRegister - 1));
    }

    private void Adjust(Expression e, int values)
    {
        FunctionBuilder f = parser.Function;
        int extra = _targets.Count - values;
        if (e.IsManyValued)
        {
            parser.Codes.SetResults(e, Math.Max(extra + 1, 0));
            if (extra > 0) f.ReserveRegisters(extra);
        }
        else
        {
            parser.Codes.ToNextRegister(e);
            if (extra > 0)
            {
                int register = f.FreeRegister;
                f.ReserveRegisters(extra);
                f.EmitNil(register, extra);
            }
        }

        if (values > _targets.Count) f.FreeRegister -= values - _targets.Count;
    }

    private void CheckTarget(Expression e)
    {
        if (e.Kind is not (ExpressionKind.Local or ExpressionKind.Upvalue or ExpressionKind.Global
            or ExpressionKind.Indexed))
        {
            throw lexer.ErrorHere("syntax error");
        }
    }

    // A local variable that is assigned here, and is a table or key of a target before it, is copied for that
    // target.
    private void AvoidConflict(Expression local)
    {
        FunctionBuilder f = parser.Function;
        int copy = f.FreeRegister;
        bool conflict = false;
        foreach (Expression target in _targets)
        {
            if (target.Kind != ExpressionKind.Indexed) continue;
            if (target.Info == local.Info)
            {
                conflict = true;
                target.Info = copy;
            }

            if (target.Aux == local.Info)
            {
                conflict = true;
                target.Aux = copy;
            }
        }

        if (!conflict) return;
        f.Emit(Opcode.Move, f.FreeRegister, local.Info, 0);
        f.ReserveRegisters(1);
    }
}
