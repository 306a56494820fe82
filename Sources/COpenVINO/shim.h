#include <openvino/c/openvino.h>

// Swift does not import this one name of the enumeration.
static inline ov_element_type_e shim_ov_boolean(void) { return BOOLEAN; }
