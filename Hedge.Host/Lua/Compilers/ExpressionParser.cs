using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Compilers;

/// <summary>Reads expressions and compiles them.</summary>
internal sealed class ExpressionParser(Parser parser, Lexer lexer)
{
    private const int UnaryPriority = 8;

    private FunctionBuilder Function => parser.Function;

    private ExpressionCode Codes => parser.Codes;

    public Expression Read()
    {
        Expression e = Sub(0, out _);
        return e;
    }

    /// <summary>Reads expressions with commas; all but the last are in registers then.</summary>
    public Expression ReadList(out int count)
    {
        count = 1;
        Expression e = Read();
        while (parser.Accept(','))
        {
            Codes.ToNextRegister(e);
            e = Read();
            count++;
        }

        return e;
    }

    /// <summary>Reads a name that is a variable.</summary>
    public Expression Variable()
    {
        LuaString name = parser.CheckName();
        var e = new Expression();
        Scopes.Find(Function, name.ToString(), e);
        if (e.Kind == ExpressionKind.Global) e.Info = Function.Constant(name);
        return e;
    }

    /// <summary>Reads a point or colon and a name: a field.</summary>
    public void Field(Expression table)
    {
        Codes.ToAnyRegister(table);
        lexer.Next();
        Codes.Index(table, Name());
    }

    /// <summary>Reads a variable or parentheses, and the fields and calls behind it.</summary>
    public Expression Primary()
    {
        Expression e = Prefix();
        while (true)
        {
            switch (lexer.Current)
            {
                case '.':
                    Field(e);
                    break;
                case '[':
                    Codes.ToAnyRegister(e);
                    Codes.Index(e, BracketKey());
                    break;
                case ':':
                    lexer.Next();
                    Codes.Self(e, Name());
                    Arguments(e);
                    break;
                case '(' or Token.String or '{':
                    Codes.ToNextRegister(e);
                    Arguments(e);
                    break;
                default:
                    return e;
            }
        }
    }

    private Expression Prefix()
    {
        switch (lexer.Current)
        {
            case '(':
                int line = lexer.Line;
                lexer.Next();
                Expression e = Read();
                parser.CheckMatch(')', '(', line);
                Codes.Discharge(e);
                return e;
            case Token.Name:
                return Variable();
            default:
                throw lexer.ErrorHere("unexpected symbol");
        }
    }

    private Expression Name() => new(ExpressionKind.Constant, Function.Constant(parser.CheckName()));

    private Expression BracketKey()
    {
        lexer.Next();
        Expression key = Read();
        Codes.ToValue(key);
        parser.Check(']');
        return key;
    }

    private void Arguments(Expression e)
    {
        FunctionBuilder f = Function;
        int line = lexer.Line;
        Expression last = new();
        switch (lexer.Current)
        {
            case '(':
                if (line != lexer.LastLine)
                    throw lexer.ErrorHere("ambiguous syntax (function call x new statement)");
                lexer.Next();
                if (lexer.Current != ')')
                {
                    last = ReadList(out _);
                    Codes.SetResults(last, -1);
                }

                parser.CheckMatch(')', '(', line);
                break;
            case '{':
                last = Constructor();
                break;
            case Token.String:
                last = new Expression(ExpressionKind.Constant, f.Constant(lexer.Text));
                lexer.Next();
                break;
            default:
                throw lexer.ErrorHere("function arguments expected");
        }

        int function = e.Info;
        int count = -1;
        if (!last.IsManyValued)
        {
            if (last.Kind != ExpressionKind.Void) Codes.ToNextRegister(last);
            count = f.FreeRegister - (function + 1);
        }

        e.Set(ExpressionKind.Call, f.Emit(Opcode.Call, function, count + 1, 2));
        f.FixLine(line);
        f.FreeRegister = function + 1;
    }

    private Expression Simple()
    {
        Expression e;
        switch (lexer.Current)
        {
            case Token.Number:
                e = new Expression(ExpressionKind.Number) { Number = lexer.Number };
                break;
            case Token.String:
                e = new Expression(ExpressionKind.Constant, Function.Constant(lexer.Text));
                break;
            case Token.Nil:
                e = new Expression(ExpressionKind.Nil);
                break;
            case Token.True:
                e = new Expression(ExpressionKind.True);
                break;
            case Token.False:
                e = new Expression(ExpressionKind.False);
                break;
            case Token.Dots:
                if (!Function.IsVarArg) throw lexer.ErrorHere("cannot use '...' outside a vararg function");
                Function.NeedsArg = false;
                e = new Expression(ExpressionKind.VarArg, Function.Emit(Opcode.VarArg, 0, 1, 0));
                break;
            case '{':
                return Constructor();
            case Token.Function:
                lexer.Next();
                e = new Expression();
                parser.Body(e, false, lexer.Line);
                return e;
            default:
                return Primary();
        }

        lexer.Next();
        return e;
    }

    private Expression Sub(int limit, out Operator next)
    {
        parser.EnterLevel();
        Expression e;
        int unary = lexer.Current;
        if (unary is Token.Not or '-' or '#')
        {
            lexer.Next();
            e = Sub(UnaryPriority, out _);
            if (unary == Token.Not) Codes.Not(e);
            else if (unary == '-') Codes.Negate(e);
            else Codes.Length(e);
        }
        else
        {
            e = Simple();
        }

        Operator op = OperatorHere();
        while (op != Operator.None && Priority(op).Left > limit)
        {
            lexer.Next();
            parser.Operators.Infix(op, e);
            Expression right = Sub(Priority(op).Right, out Operator following);
            parser.Operators.Posfix(op, e, right);
            op = following;
        }

        parser.LeaveLevel();
        next = op;
        return e;
    }

    private static (int Left, int Right) Priority(Operator op) => op switch
    {
        Operator.Add or Operator.Subtract => (6, 6),
        Operator.Multiply or Operator.Divide or Operator.Modulo => (7, 7),
        Operator.Power => (10, 9),
        Operator.Concat => (5, 4),
        Operator.And => (2, 2),
        Operator.Or => (1, 1),
        _ => (3, 3),
    };

    private Operator OperatorHere() => lexer.Current switch
    {
        '+' => Operator.Add,
        '-' => Operator.Subtract,
        '*' => Operator.Multiply,
        '/' => Operator.Divide,
        '%' => Operator.Modulo,
        '^' => Operator.Power,
        Token.Concat => Operator.Concat,
        Token.NotEqual => Operator.NotEqual,
        Token.Equal => Operator.Equal,
        '<' => Operator.Less,
        Token.LessEqual => Operator.LessEqual,
        '>' => Operator.Greater,
        Token.GreaterEqual => Operator.GreaterEqual,
        Token.And => Operator.And,
        Token.Or => Operator.Or,
        _ => Operator.None,
    };

    // Values of a list wait in registers, so many at a time.
    private Expression Constructor()
    {
        FunctionBuilder f = Function;
        int line = lexer.Line;
        int instruction = f.Emit(Opcode.NewTable, 0, 0, 0);
        var table = new Expression(ExpressionKind.Relocatable, instruction);
        Codes.ToNextRegister(table);
        parser.Check('{');
        Expression item = new();
        int pending = 0;
        int values = 0;
        int fields = 0;
        while (lexer.Current != '}')
        {
            if (item.Kind != ExpressionKind.Void)
            {
                Codes.ToNextRegister(item);
                item = new Expression();
                if (pending == Instruction.FieldsPerFlush) Flush(table.Info, values, ref pending);
            }

            if (lexer.Current == '[' || (lexer.Current == Token.Name && lexer.Peek() == '='))
            {
                KeyedField(table);
                fields++;
            }
            else
            {
                item = Read();
                values++;
                pending++;
            }

            if (!parser.Accept(',') && !parser.Accept(';')) break;
        }

        parser.CheckMatch('}', '{', line);
        LastItem(table.Info, item, pending, ref values);
        f.Code[instruction] = Instruction.Make(Opcode.NewTable, Instruction.A(f.Code[instruction]),
            TableSize.Encode(values), TableSize.Encode(fields));
        return table;
    }

    private void KeyedField(Expression table)
    {
        FunctionBuilder f = Function;
        int registers = f.FreeRegister;
        Expression key = lexer.Current == '[' ? BracketKey() : Name();
        parser.Check('=');
        int keyOperand = Codes.ToOperand(key);
        Expression value = Read();
        f.Emit(Opcode.SetTable, table.Info, keyOperand, Codes.ToOperand(value));
        f.FreeRegister = registers;
    }

    private void Flush(int table, int values, ref int pending)
    {
        EmitSetList(table, values, pending);
        pending = 0;
    }

    private void LastItem(int table, Expression item, int pending, ref int values)
    {
        if (pending == 0) return;
        if (item.IsManyValued)
        {
            Codes.SetResults(item, -1);
            EmitSetList(table, values, 0);
            values--;
            return;
        }

        if (item.Kind != ExpressionKind.Void) Codes.ToNextRegister(item);
        EmitSetList(table, values, pending);
    }

    private void EmitSetList(int table, int values, int pending)
    {
        int batch = ((values - 1) / Instruction.FieldsPerFlush) + 1;
        Function.Emit(Instruction.WithB(Instruction.MakeD(Opcode.SetList, table, batch), pending));
        Function.FreeRegister = table + 1;
    }
}

/// <summary>
/// Sizes of tables in constructors, in 8 bits, rounded up: three bits of the size and five of an exponent.
/// </summary>
internal static class TableSize
{
    public static int Encode(int size)
    {
        int exponent = 0;
        while (size >= 16)
        {
            size = (size + 1) >> 1;
            exponent++;
        }

        return size < 8 ? size : ((exponent + 1) << 3) | (size - 8);
    }

    public static int Decode(int encoded)
    {
        int exponent = encoded >> 3;
        return exponent == 0 ? encoded : ((encoded & 7) + 8) << (exponent - 1);
    }
}
