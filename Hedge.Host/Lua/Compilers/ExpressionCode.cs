namespace Hedge.Host.Lua.Compilers;

/// <summary>
/// Writes the instructions of expressions: into registers, as operands, as conditions, as targets.
/// </summary>
internal sealed class ExpressionCode(FunctionBuilder f)
{
    /// <summary>Takes the first of a call's or the variable arguments' values.</summary>
    public void SetOneResult(Expression e)
    {
        if (e.Kind == ExpressionKind.Call)
        {
            e.Set(ExpressionKind.Register, Instruction.A(f.Code[e.Info]));
        }
        else if (e.Kind == ExpressionKind.VarArg)
        {
            f.Code[e.Info] = Instruction.WithB(f.Code[e.Info], 2);
            e.Kind = ExpressionKind.Relocatable;
        }
    }

    /// <summary>Takes so many of a call's or the variable arguments' values; -1 for all.</summary>
    public void SetResults(Expression e, int count)
    {
        if (e.Kind == ExpressionKind.Call)
        {
            f.Code[e.Info] = Instruction.WithC(f.Code[e.Info], count + 1);
        }
        else if (e.Kind == ExpressionKind.VarArg)
        {
            f.Code[e.Info] = Instruction.WithA(Instruction.WithB(f.Code[e.Info], count + 1), f.FreeRegister);
            f.ReserveRegisters(1);
        }
    }

    /// <summary>Makes a value of a variable.</summary>
    public void Discharge(Expression e)
    {
        switch (e.Kind)
        {
            case ExpressionKind.Local:
                e.Kind = ExpressionKind.Register;
                break;
            case ExpressionKind.Upvalue:
                e.Set(ExpressionKind.Relocatable, f.Emit(Opcode.GetUpvalue, 0, e.Info, 0));
                break;
            case ExpressionKind.Global:
                e.Set(ExpressionKind.Relocatable, f.EmitD(Opcode.GetGlobal, 0, e.Info));
                break;
            case ExpressionKind.Indexed:
                f.ReleaseRegister(e.Aux);
                f.ReleaseRegister(e.Info);
                e.Set(ExpressionKind.Relocatable, f.Emit(Opcode.GetTable, 0, e.Info, e.Aux));
                break;
            case ExpressionKind.Call or ExpressionKind.VarArg:
                SetOneResult(e);
                break;
            default:
                break;
        }
    }

    public void ToNextRegister(Expression e)
    {
        Discharge(e);
        Release(e);
        f.ReserveRegisters(1);
        ToRegister(e, f.FreeRegister - 1);
    }

    public int ToAnyRegister(Expression e)
    {
        Discharge(e);
        if (e.Kind == ExpressionKind.Register)
        {
            if (!e.HasJumps) return e.Info;
            if (e.Info >= f.Scopes.ActiveCount)
            {
                ToRegister(e, e.Info);
                return e.Info;
            }
        }

        ToNextRegister(e);
        return e.Info;
    }

    public void ToValue(Expression e)
    {
        if (e.HasJumps) ToAnyRegister(e);
        else Discharge(e);
    }

    /// <summary>A register or a constant, as an operand.</summary>
    public int ToOperand(Expression e)
    {
        ToValue(e);
        switch (e.Kind)
        {
            case ExpressionKind.Number or ExpressionKind.True or ExpressionKind.False or ExpressionKind.Nil:
                int place = e.Kind == ExpressionKind.Nil ? f.NilConstant()
                    : e.Kind == ExpressionKind.Number ? f.Constant(e.Number)
                    : f.Constant(e.Kind == ExpressionKind.True);
                e.Set(ExpressionKind.Constant, place);
                break;
            case ExpressionKind.Constant:
                break;
            default:
                return ToAnyRegister(e);
        }

        return e.Info <= Instruction.OperandConstantMax ? e.Info | Instruction.ConstantBit : ToAnyRegister(e);
    }

    public void Store(Expression variable, Expression value)
    {
        switch (variable.Kind)
        {
            case ExpressionKind.Local:
                Release(value);
                ToRegister(value, variable.Info);
                return;
            case ExpressionKind.Upvalue:
                f.Emit(Opcode.SetUpvalue, ToAnyRegister(value), variable.Info, 0);
                break;
            case ExpressionKind.Global:
                f.EmitD(Opcode.SetGlobal, ToAnyRegister(value), variable.Info);
                break;
            default:
                int operand = ToOperand(value);
                f.Emit(Opcode.SetTable, variable.Info, variable.Aux, operand);
                break;
        }

        Release(value);
    }

    /// <summary>Fetches a method and its object for a call.</summary>
    public void Self(Expression e, Expression key)
    {
        ToAnyRegister(e);
        Release(e);
        int function = f.FreeRegister;
        f.ReserveRegisters(2);
        f.Emit(Opcode.Self, function, e.Info, ToOperand(key));
        Release(key);
        e.Set(ExpressionKind.Register, function);
    }

    public void Index(Expression table, Expression key)
    {
        table.Aux = ToOperand(key);
        table.Kind = ExpressionKind.Indexed;
    }

    /// <summary>Goes on when true: jumps, if any, leave when it is false.</summary>
    public void GoIfTrue(Expression e)
    {
        Discharge(e);
        int jump = e.Kind switch
        {
            ExpressionKind.Constant or ExpressionKind.Number or ExpressionKind.True => FunctionBuilder.NoJump,
            ExpressionKind.Jump => Inverted(e),
            _ => JumpOn(e, false),
        };
        e.FalseList = f.Joined(jump, e.FalseList);
        f.PatchToHere(e.TrueList);
        e.TrueList = FunctionBuilder.NoJump;
    }

    /// <summary>Goes on when false: jumps, if any, leave when it is true.</summary>
    public void GoIfFalse(Expression e)
    {
        Discharge(e);
        int jump = e.Kind switch
        {
            ExpressionKind.Nil or ExpressionKind.False => FunctionBuilder.NoJump,
            ExpressionKind.Jump => e.Info,
            _ => JumpOn(e, true),
        };
        e.TrueList = f.Joined(jump, e.TrueList);
        f.PatchToHere(e.FalseList);
        e.FalseList = FunctionBuilder.NoJump;
    }

    public void Not(Expression e)
    {
        Discharge(e);
        switch (e.Kind)
        {
            case ExpressionKind.Nil or ExpressionKind.False:
                e.Kind = ExpressionKind.True;
                break;
            case ExpressionKind.Constant or ExpressionKind.Number or ExpressionKind.True:
                e.Kind = ExpressionKind.False;
                break;
            case ExpressionKind.Jump:
                Invert(e);
                break;
            default:
                ToSomeRegister(e);
                Release(e);
                e.Set(ExpressionKind.Relocatable, f.Emit(Opcode.Not, 0, e.Info, 0));
                break;
        }

        (e.TrueList, e.FalseList) = (e.FalseList, e.TrueList);
        f.DropValues(e.FalseList);
        f.DropValues(e.TrueList);
    }

    public void Negate(Expression e)
    {
        if (e.IsNumeral && !double.IsNaN(e.Number))
        {
            e.Number = -e.Number;
            return;
        }

        if (e.Kind != ExpressionKind.Number) ToAnyRegister(e);
        int operand = ToAnyRegister(e);
        Release(e);
        e.Set(ExpressionKind.Relocatable, f.Emit(Opcode.Negate, 0, operand, 0));
    }

    public void Length(Expression e)
    {
        ToAnyRegister(e);
        Release(e);
        e.Set(ExpressionKind.Relocatable, f.Emit(Opcode.Length, 0, e.Info, 0));
    }

    public void Release(Expression e)
    {
        if (e.Kind == ExpressionKind.Register) f.ReleaseRegister(e.Info);
    }

    public void ToRegister(Expression e, int register)
    {
        ToGivenRegister(e, register);
        if (e.Kind == ExpressionKind.Jump) e.TrueList = f.Joined(e.TrueList, e.Info);
        if (e.HasJumps)
        {
            int whenFalse = FunctionBuilder.NoJump;
            int whenTrue = FunctionBuilder.NoJump;
            if (f.NeedsValue(e.TrueList) || f.NeedsValue(e.FalseList))
            {
                int over = e.Kind == ExpressionKind.Jump ? FunctionBuilder.NoJump : f.Jump();
                whenFalse = TruthLabel(register, 0, 1);
                whenTrue = TruthLabel(register, 1, 0);
                f.PatchToHere(over);
            }

            int end = f.Label();
            f.PatchValues(e.FalseList, end, register, whenFalse);
            f.PatchValues(e.TrueList, end, register, whenTrue);
        }

        e.TrueList = e.FalseList = FunctionBuilder.NoJump;
        e.Set(ExpressionKind.Register, register);
    }

    private int TruthLabel(int register, int truth, int skip)
    {
        f.Label();
        return f.Emit(Opcode.LoadBoolean, register, truth, skip);
    }

    private void ToSomeRegister(Expression e)
    {
        if (e.Kind == ExpressionKind.Register) return;
        f.ReserveRegisters(1);
        ToGivenRegister(e, f.FreeRegister - 1);
    }

    private void ToGivenRegister(Expression e, int register)
    {
        Discharge(e);
        switch (e.Kind)
        {
            case ExpressionKind.Nil:
                f.EmitNil(register, 1);
                break;
            case ExpressionKind.True or ExpressionKind.False:
                f.Emit(Opcode.LoadBoolean, register, e.Kind == ExpressionKind.True ? 1 : 0, 0);
                break;
            case ExpressionKind.Constant:
                f.EmitD(Opcode.LoadConstant, register, e.Info);
                break;
            case ExpressionKind.Number:
                f.EmitD(Opcode.LoadConstant, register, f.Constant(e.Number));
                break;
            case ExpressionKind.Relocatable:
                f.Code[e.Info] = Instruction.WithA(f.Code[e.Info], register);
                break;
            case ExpressionKind.Register:
                if (register != e.Info) f.Emit(Opcode.Move, register, e.Info, 0);
                break;
            default:
                return;
        }

        e.Set(ExpressionKind.Register, register);
    }

    private int JumpOn(Expression e, bool when)
    {
        if (e.Kind == ExpressionKind.Relocatable && Instruction.Code(f.Code[e.Info]) == Opcode.Not)
        {
            int operand = Instruction.B(f.Code[e.Info]);
            f.Code.RemoveAt(f.Code.Count - 1);
            f.DropLastLine();
            return Conditional(Opcode.Test, operand, 0, when ? 0 : 1);
        }

        ToSomeRegister(e);
        Release(e);
        return Conditional(Opcode.TestSet, 255, e.Info, when ? 1 : 0);
    }

    /// <summary>Writes a test and the jump it decides on, and returns the jump.</summary>
    public int Conditional(Opcode code, int a, int b, int c)
    {
        f.Emit(code, a, b, c);
        return f.Jump();
    }

    private int Inverted(Expression e)
    {
        Invert(e);
        return e.Info;
    }

    private void Invert(Expression e)
    {
        int control = f.Control(e.Info);
        f.Code[control] = Instruction.WithA(f.Code[control], Instruction.A(f.Code[control]) == 0 ? 1 : 0);
    }
}
