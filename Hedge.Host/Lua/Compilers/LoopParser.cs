using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Compilers;

/// <summary>Reads loops and compiles them.</summary>
internal sealed class LoopParser(Parser parser, ExpressionParser expressions, Lexer lexer)
{
    private readonly FunctionBuilder _f = parser.Function;

    public void While(int line)
    {
        lexer.Next();
        int start = _f.Label();
        int exit = parser.Condition();
        _f.Scopes.EnterBlock(true);
        parser.Check(Token.Do);
        parser.Block();
        _f.Patch(_f.Jump(), start);
        parser.CheckMatch(Token.End, Token.While, line);
        _f.Scopes.LeaveBlock();
        _f.PatchToHere(exit);
    }

    public void Repeat(int line)
    {
        int start = _f.Label();
        Scopes scopes = _f.Scopes;
        scopes.EnterBlock(true);
        scopes.EnterBlock(false);
        lexer.Next();
        parser.Chunk();
        parser.CheckMatch(Token.Until, Token.Repeat, line);
        int again = parser.Condition();
        if (!scopes.BlockHasCaptured)
        {
            scopes.LeaveBlock();
            _f.Patch(again, start);
        }
        else
        {
            // The variables of the block are closed on both ways out of it.
            scopes.Break();
            _f.PatchToHere(again);
            scopes.LeaveBlock();
            _f.Patch(_f.Jump(), start);
        }

        scopes.LeaveBlock();
    }

    public void For(int line)
    {
        _f.Scopes.EnterBlock(true);
        lexer.Next();
        LuaString name = parser.CheckName();
        if (lexer.Current == '=') NumericFor(name, line);
        else if (lexer.Current is ',' or Token.In) ForIn(name);
        else throw lexer.ErrorHere("'=' or 'in' expected");
        parser.CheckMatch(Token.End, Token.For, line);
        _f.Scopes.LeaveBlock();
    }

    private void NumericFor(LuaString name, int line)
    {
        int first = _f.FreeRegister;
        Declare("(for index)", "(for limit)", "(for step)", name.ToString());
        parser.Check('=');
        parser.Codes.ToNextRegister(expressions.Read());
        parser.Check(',');
        parser.Codes.ToNextRegister(expressions.Read());
        if (parser.Accept(','))
        {
            parser.Codes.ToNextRegister(expressions.Read());
        }
        else
        {
            _f.EmitD(Opcode.LoadConstant, _f.FreeRegister, _f.Constant(1.0));
            _f.ReserveRegisters(1);
        }

        ForBody(first, line, 1, true);
    }

    private void ForIn(LuaString name)
    {
        int first = _f.FreeRegister;
        Declare("(for generator)", "(for state)", "(for control)", name.ToString());
        int count = 1;
        while (parser.Accept(','))
        {
            Declare(parser.CheckName().ToString());
            count++;
        }

        parser.Check(Token.In);
        int line = lexer.Line;
        Expression e = expressions.ReadList(out int values);
        parser.AdjustAssign(3, values, e);
        _f.CheckRegisters(3);
        ForBody(first, line, count, false);
    }

    private void ForBody(int first, int line, int count, bool isNumeric)
    {
        _f.Scopes.Activate(3);
        parser.Check(Token.Do);
        int prepare = isNumeric ? _f.EmitD(Opcode.ForPrepare, first, FunctionBuilder.NoJump) : _f.Jump();
        _f.Scopes.EnterBlock(false);
        _f.Scopes.Activate(count);
        _f.ReserveRegisters(count);
        parser.Chunk();
        _f.Scopes.LeaveBlock();
        _f.PatchToHere(prepare);
        int end = isNumeric ? _f.EmitD(Opcode.ForLoop, first, FunctionBuilder.NoJump)
            : _f.Emit(Opcode.ForIn, first, 0, count);
        _f.FixLine(line);
        _f.Patch(isNumeric ? end : _f.Jump(), prepare + 1);
    }

    private void Declare(params ReadOnlySpan<string> names)
    {
        foreach (string name in names) _f.Scopes.Declare(name);
    }
}
