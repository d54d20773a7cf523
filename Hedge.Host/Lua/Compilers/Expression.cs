namespace Hedge.Host.Lua.Compilers;

/// <summary>Where an expression's value is.</summary>
internal enum ExpressionKind
{
    Void,
    Nil,
    True,
    False,

    /// <summary>Constant Info.</summary>
    Constant,

    /// <summary>The number itself; it may not be among the constants yet.</summary>
    Number,

    /// <summary>The local variable in register Info.</summary>
    Local,

    /// <summary>Upvalue Info.</summary>
    Upvalue,

    /// <summary>The global whose name is constant Info.</summary>
    Global,

    /// <summary>Field Aux (a register or constant) of the table in register Info.</summary>
    Indexed,

    /// <summary>A comparison: the jump at Info is taken when it is true.</summary>
    Jump,

    /// <summary>Instruction Info leaves it in any register, which is not chosen yet.</summary>
    Relocatable,

    /// <summary>It is in register Info.</summary>
    Register,

    /// <summary>Instruction Info is the call.</summary>
    Call,

    /// <summary>Instruction Info fetches the variable arguments.</summary>
    VarArg,
}

/// <summary>
/// An expression on its way into a register. Jumps that leave it before it has a value stand in two lists:
/// those that leave when it is true, and those when it is false.
/// </summary>
internal sealed class Expression
{
    public ExpressionKind Kind;
    public int Info;
    public int Aux;
    public double Number;
    public int TrueList = FunctionBuilder.NoJump;
    public int FalseList = FunctionBuilder.NoJump;

    public Expression(ExpressionKind kind = ExpressionKind.Void, int info = 0) => Set(kind, info);

    public bool HasJumps => TrueList != FalseList;

    public bool IsManyValued => Kind is ExpressionKind.Call or ExpressionKind.VarArg;

    /// <summary>A number of the source without jumps, which may be computed with at once.</summary>
    public bool IsNumeral =>
        Kind == ExpressionKind.Number && TrueList == FunctionBuilder.NoJump
            && FalseList == FunctionBuilder.NoJump;

    public void Set(ExpressionKind kind, int info)
    {
        Kind = kind;
        Info = info;
    }

    /// <summary>Becomes another expression.</summary>
    public void Become(Expression other)
    {
        (Kind, Info, Aux, Number) = (other.Kind, other.Info, other.Aux, other.Number);
        (TrueList, FalseList) = (other.TrueList, other.FalseList);
    }
}
