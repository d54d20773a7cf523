using System.Globalization;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Compilers;

/// <summary>
/// Compiles a chunk in one pass: it writes instructions while it reads statements.
/// <see cref="ExpressionParser"/> reads expressions. Both together are at most <see cref="LevelsMax"/> deep,
/// so the stack of C# is bounded.
/// </summary>
internal sealed class Parser
{
    /// <summary>How deep statements and expressions may be nested.</summary>
    public const int LevelsMax = 200;

    private readonly Lexer _lexer;
    private readonly LuaString _source;
    private readonly ExpressionParser _expressions;
    private FunctionBuilder _function;
    private int _levels;

    public Parser(Lexer lexer, LuaString source)
    {
        _lexer = lexer;
        _source = source;
        _function = new FunctionBuilder(null, lexer, 0) { IsVarArg = true };
        _expressions = new ExpressionParser(this, lexer);
    }

    /// <summary>The function whose text is being read.</summary>
    public FunctionBuilder Function => _function;

    /// <summary>The writer of its expressions.</summary>
    public ExpressionCode Codes { get; private set; } = null!;

    /// <summary>The writer of its operators.</summary>
    public OperatorCode Operators { get; private set; } = null!;

    public LuaPrototype ParseChunk()
    {
        SetFunction(_function);
        _lexer.Next();
        _function.Scopes.EnterBlock(false);
        Chunk();
        if (_lexer.Current != Token.EndOfText) throw Expected(Token.EndOfText);
        return EndFunction();
    }

    /// <summary>Counts a level of nesting.</summary>
    public void EnterLevel()
    {
        if (++_levels > LevelsMax) throw _lexer.Error("chunk has too many syntax levels", 0);
    }

    public void LeaveLevel() => _levels--;

    /// <summary>Reads a function's parameters and body, and makes a closure of it.</summary>
    public void Body(Expression into, bool isMethod, int line)
    {
        var inner = new FunctionBuilder(_function, _lexer, line);
        FunctionBuilder outer = _function;
        SetFunction(inner);
        inner.Scopes.EnterBlock(false);
        Check('(');
        if (isMethod) DeclareActive("self");
        Parameters();
        Check(')');
        Chunk();
        CheckMatch(Token.End, Token.Function, line);
        LuaPrototype prototype = EndFunction();
        SetFunction(outer);
        into.Set(ExpressionKind.Relocatable, outer.EmitD(Opcode.Closure, 0, outer.AddInner(prototype)));
        foreach ((_, bool fromRegister, int index) in inner.Scopes.Upvalues)
            outer.Emit(fromRegister ? Opcode.Move : Opcode.GetUpvalue, 0, index, 0);
    }

    public bool Accept(int token)
    {
        if (_lexer.Current != token) return false;
        _lexer.Next();
        return true;
    }

    public void Check(int token)
    {
        if (!Accept(token)) throw Expected(token);
    }

    public void CheckMatch(int token, int opener, int line)
    {
        if (Accept(token)) return;
        if (line == _lexer.Line) throw Expected(token);
        throw _lexer.ErrorHere(string.Create(CultureInfo.InvariantCulture,
            $"'{Token.Text(token)}' expected (to close '{Token.Text(opener)}' at line {line})"));
    }

    public LuaString CheckName()
    {
        if (_lexer.Current != Token.Name) throw Expected(Token.Name);
        LuaString name = _lexer.Text;
        _lexer.Next();
        return name;
    }

    public LuaSyntaxException Expected(int token) => _lexer.ErrorHere($"'{Token.Text(token)}' expected");

    /// <summary>Whether a block ends here.</summary>
    public bool AtBlockEnd() => _lexer.Current
        is Token.Else or Token.ElseIf or Token.End or Token.EndOfText or Token.Until;

    private void SetFunction(FunctionBuilder function)
    {
        _function = function;
        Codes = new ExpressionCode(function);
        Operators = new OperatorCode(function, Codes);
    }

    private LuaPrototype EndFunction()
    {
        _function.Scopes.EndVariables(0);
        _function.EmitReturn(0, 0);
        _function.Label();
        _function.Scopes.LeaveBlock();
        return _function.Finish(_source);
    }

    private void DeclareActive(string name)
    {
        _function.Scopes.Declare(name);
        _function.Scopes.Activate(1);
        _function.ParameterCount = _function.Scopes.ActiveCount;
        _function.ReserveRegisters(1);
    }

    private void Parameters()
    {
        int count = 0;
        FunctionBuilder f = _function;
        if (_lexer.Current != ')')
        {
            do
            {
                if (_lexer.Current == Token.Dots)
                {
                    _lexer.Next();
                    f.Scopes.Declare("arg");
                    f.IsVarArg = f.NeedsArg = true;
                    count++;
                    break;
                }

                if (_lexer.Current != Token.Name) throw _lexer.ErrorHere("<name> or '...' expected");
                f.Scopes.Declare(CheckName().ToString());
                count++;
            }
            while (Accept(','));
        }

        f.Scopes.Activate(count);
        f.ParameterCount = f.Scopes.ActiveCount - (f.IsVarArg ? 1 : 0);
        f.ReserveRegisters(f.Scopes.ActiveCount - f.FreeRegister);
    }

    public void Chunk()
    {
        bool last = false;
        EnterLevel();
        while (!last && !AtBlockEnd())
        {
            last = Statement();
            Accept(';');
            _function.FreeRegister = _function.Scopes.ActiveCount;
        }

        LeaveLevel();
    }

    public void Block()
    {
        _function.Scopes.EnterBlock(false);
        Chunk();
        _function.Scopes.LeaveBlock();
    }

    // Whether it has to be the last statement of its block.
    private bool Statement()
    {
        int line = _lexer.Line;
        switch (_lexer.Current)
        {
            case Token.If:
                If(line);
                return false;
            case Token.While:
                new LoopParser(this, _expressions, _lexer).While(line);
                return false;
            case Token.Do:
                _lexer.Next();
                Block();
                CheckMatch(Token.End, Token.Do, line);
                return false;
            case Token.For:
                new LoopParser(this, _expressions, _lexer).For(line);
                return false;
            case Token.Repeat:
                new LoopParser(this, _expressions, _lexer).Repeat(line);
                return false;
            case Token.Function:
                FunctionStatement(line);
                return false;
            case Token.Local:
                _lexer.Next();
                if (Accept(Token.Function)) LocalFunction();
                else Local();
                return false;
            case Token.Return:
                Return();
                return true;
            case Token.Break:
                _lexer.Next();
                _function.Scopes.Break();
                return true;
            default:
                ExpressionStatement();
                return false;
        }
    }

    public int Condition()
    {
        Expression e = _expressions.Read();
        if (e.Kind == ExpressionKind.Nil) e.Kind = ExpressionKind.False;
        Codes.GoIfTrue(e);
        return e.FalseList;
    }

    private void If(int line)
    {
        int ends = FunctionBuilder.NoJump;
        int whenFalse = ConditionAndBlock();
        while (_lexer.Current == Token.ElseIf)
        {
            ends = _function.Joined(_function.Jump(), ends);
            _function.PatchToHere(whenFalse);
            whenFalse = ConditionAndBlock();
        }

        if (_lexer.Current == Token.Else)
        {
            ends = _function.Joined(_function.Jump(), ends);
            _function.PatchToHere(whenFalse);
            _lexer.Next();
            Block();
        }
        else
        {
            ends = _function.Joined(ends, whenFalse);
        }

        _function.PatchToHere(ends);
        CheckMatch(Token.End, Token.If, line);
    }

    private int ConditionAndBlock()
    {
        _lexer.Next();
        int whenFalse = Condition();
        Check(Token.Then);
        Block();
        return whenFalse;
    }

    private void FunctionStatement(int line)
    {
        _lexer.Next();
        Expression target = _expressions.Variable();
        bool isMethod = false;
        while (_lexer.Current == '.') _expressions.Field(target);
        if (_lexer.Current == ':')
        {
            isMethod = true;
            _expressions.Field(target);
        }

        var body = new Expression();
        Body(body, isMethod, line);
        Codes.Store(target, body);
        _function.FixLine(line);
    }

    private void LocalFunction()
    {
        FunctionBuilder f = _function;
        f.Scopes.Declare(CheckName().ToString());
        var variable = new Expression(ExpressionKind.Local, f.FreeRegister);
        f.ReserveRegisters(1);
        f.Scopes.Activate(1);
        var body = new Expression();
        Body(body, false, _lexer.Line);
        Codes.Store(variable, body);
        f.Scopes.StartHere();
    }

    private void Local()
    {
        int count = 0;
        do
        {
            _function.Scopes.Declare(CheckName().ToString());
            count++;
        }
        while (Accept(','));
        var e = new Expression();
        int values = 0;
        if (Accept('=')) e = _expressions.ReadList(out values);
        AdjustAssign(count, values, e);
        _function.Scopes.Activate(count);
    }

    // Makes as many values as there are variables.
    public void AdjustAssign(int variables, int values, Expression e)
    {
        int extra = variables - values;
        FunctionBuilder f = _function;
        if (e.IsManyValued)
        {
            extra = Math.Max(extra + 1, 0);
            Codes.SetResults(e, extra);
            if (extra > 1) f.ReserveRegisters(extra - 1);
            return;
        }

        if (e.Kind != ExpressionKind.Void) Codes.ToNextRegister(e);
        if (extra <= 0) return;
        int register = f.FreeRegister;
        f.ReserveRegisters(extra);
        f.EmitNil(register, extra);
    }

    private void Return()
    {
        _lexer.Next();
        FunctionBuilder f = _function;
        if (AtBlockEnd() || _lexer.Current == ';')
        {
            f.EmitReturn(0, 0);
            return;
        }

        Expression e = _expressions.ReadList(out int count);
        if (e.IsManyValued)
        {
            Codes.SetResults(e, -1);
            if (e.Kind == ExpressionKind.Call && count == 1)
                f.Code[e.Info] = Instruction.WithCode(f.Code[e.Info], Opcode.TailCall);
            f.EmitReturn(f.Scopes.ActiveCount, -1);
        }
        else if (count == 1)
        {
            f.EmitReturn(Codes.ToAnyRegister(e), 1);
        }
        else
        {
            Codes.ToNextRegister(e);
            f.EmitReturn(f.Scopes.ActiveCount, count);
        }
    }

    private void ExpressionStatement()
    {
        Expression e = _expressions.Primary();
        if (e.Kind == ExpressionKind.Call)
            _function.Code[e.Info] = Instruction.WithC(_function.Code[e.Info], 1);
        else
            new Assignment(this, _expressions, _lexer).Read(e);
    }
}
