using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Compilers;

/// <summary>The operators of two operands, from the loosest group to the tightest.</summary>
internal enum Operator
{
    None,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Concat,
    NotEqual,
    Equal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
}

/// <summary>Compiles operators of two operands.</summary>
internal sealed class OperatorCode(FunctionBuilder f, ExpressionCode codes)
{
    /// <summary>Prepares the first operand before the second is compiled.</summary>
    public void Infix(Operator op, Expression e)
    {
        switch (op)
        {
            case Operator.And:
                codes.GoIfTrue(e);
                break;
            case Operator.Or:
                codes.GoIfFalse(e);
                break;
            case Operator.Concat:
                codes.ToNextRegister(e);
                break;
            case <= Operator.Power:
                if (!e.IsNumeral) codes.ToOperand(e);
                break;
            default:
                codes.ToOperand(e);
                break;
        }
    }

    /// <summary>Compiles an operator whose operands are compiled; the first becomes the result.</summary>
    public void Posfix(Operator op, Expression e, Expression right)
    {
        switch (op)
        {
            case Operator.And:
                codes.Discharge(right);
                right.FalseList = f.Joined(right.FalseList, e.FalseList);
                e.Become(right);
                break;
            case Operator.Or:
                codes.Discharge(right);
                right.TrueList = f.Joined(right.TrueList, e.TrueList);
                e.Become(right);
                break;
            case Operator.Concat:
                Concat(e, right);
                break;
            case <= Operator.Power:
                Arithmetic(op, e, right);
                break;
            case Operator.Equal or Operator.NotEqual:
                Compare(Opcode.Equal, op == Operator.Equal ? 1 : 0, e, right);
                break;
            case Operator.Less or Operator.Greater:
                Compare(Opcode.LessThan, op == Operator.Less ? 1 : 0, e, right);
                break;
            default:
                Compare(Opcode.LessEqual, op == Operator.LessEqual ? 1 : 0, e, right);
                break;
        }
    }

    private void Concat(Expression e, Expression right)
    {
        codes.ToValue(right);
        if (right.Kind == ExpressionKind.Relocatable && Instruction.Code(f.Code[right.Info]) == Opcode.Concat)
        {
            codes.Release(e);
            f.Code[right.Info] = Instruction.WithB(f.Code[right.Info], e.Info);
            e.Set(ExpressionKind.Relocatable, right.Info);
            return;
        }

        codes.ToNextRegister(right);
        codes.Release(right);
        codes.Release(e);
        e.Set(ExpressionKind.Relocatable, f.Emit(Opcode.Concat, 0, e.Info, right.Info));
    }

    private void Arithmetic(Operator op, Expression e, Expression right)
    {
        if (e.IsNumeral && right.IsNumeral && TryFold(op, e.Number, right.Number, out double folded))
        {
            e.Number = folded;
            return;
        }

        int second = codes.ToOperand(right);
        int first = codes.ToOperand(e);
        // The register that was taken last goes back first.
        if (first > second)
        {
            codes.Release(e);
            codes.Release(right);
        }
        else
        {
            codes.Release(right);
            codes.Release(e);
        }

        var code = (Opcode)((int)Opcode.Add + (op - Operator.Add));
        e.Set(ExpressionKind.Relocatable, f.Emit(code, 0, first, second));
    }

    private void Compare(Opcode code, int condition, Expression e, Expression right)
    {
        int first = codes.ToOperand(e);
        int second = codes.ToOperand(right);
        codes.Release(right);
        codes.Release(e);
        // a > b is b < a.
        if (condition == 0 && code != Opcode.Equal) (first, second, condition) = (second, first, 1);
        e.Set(ExpressionKind.Jump, codes.Conditional(code, condition, first, second));
    }

    private static bool TryFold(Operator op, double a, double b, out double result)
    {
        result = 0;
        if (op is Operator.Divide or Operator.Modulo && b == 0) return false;
        result = op switch
        {
            Operator.Add => a + b,
            Operator.Subtract => a - b,
            Operator.Multiply => a * b,
            Operator.Divide => a / b,
            Operator.Modulo => LuaArithmetic.Modulo(a, b),
            _ => LuaArithmetic.Power(a, b),
        };
        return !double.IsNaN(result);
    }
}
